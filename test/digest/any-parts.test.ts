import assert from "node:assert/strict";
import { after, test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import type { Digests } from "../../lib/digest/digester.ts";
import type { KernelMemories } from "../../lib/digest/kernels/kernel-memories.ts";
import type { LaneDigester } from "../../lib/digest/lane-digester.ts";
import { LaneHasher } from "../../lib/digest/lane-hasher.ts";
import { KIB, MIB, seededBytes } from "../support/bytes.ts";
import { until } from "../support/ending.ts";
import "../support/leaks.ts";
import { dataOf, filledMemories, oracleDigests } from "./support.ts";

const SLAB = 256 * KIB;

/** What happens next, and to which of the parts that it can happen to. */
interface Step {
  readonly kind: "open" | "feed" | "end" | "discard" | "flush" | "turn";
  readonly which: number;
  /** Of the bytes that end a part. */
  readonly length: number;
}

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.record({
    kind: fc.oneof(
      { weight: 4, arbitrary: fc.constant<Step["kind"]>("open") },
      { weight: 10, arbitrary: fc.constant<Step["kind"]>("feed") },
      { weight: 4, arbitrary: fc.constant<Step["kind"]>("end") },
      fc.constantFrom<Step["kind"]>("discard", "flush", "turn"),
    ),
    which: fc.nat(),
    length: fc.oneof(fc.integer({ min: 1, max: 200 }), fc.integer({ min: 1, max: SLAB })),
  }),
  { minLength: 20, maxLength: 120 },
);

/** One part, where it lies and what is known of it. */
interface Part {
  readonly digester: LaneDigester;
  readonly slabs: Uint8Array[];
  readonly bytes: Uint8Array[];
}

/** Parts in slabs that are used again, with other bytes, as soon as nobody may read them. */
class Parts {
  readonly open: Part[] = [];
  readonly ended = new Set<Part>();
  /** What was told that is not so; who throws where it is told would end more than the test. */
  readonly wrong: unknown[] = [];
  readonly #hasher: LaneHasher;
  readonly #free: Uint8Array[];
  #seed = 0;
  /** Whether nothing else is to come. */
  #isWaiting = false;

  constructor(hasher: LaneHasher, slabs: readonly Uint8Array[]) {
    this.#hasher = hasher;
    this.#free = [...slabs];
  }

  take({ kind, which, length }: Step): void {
    if (kind === "flush") this.#hasher.flush();
    if (kind === "open")
      this.open.push({ digester: this.#hasher.createDigester(() => this.#isWaiting), slabs: [], bytes: [] });
    const part = this.open[which % this.open.length];
    if (part === undefined) return;
    if (kind === "feed") this.#feed(part, SLAB);
    if (kind === "discard") this.#discard(part);
    if (kind === "end") this.#end(part, length);
  }

  endAll(): void {
    this.#isWaiting = true;
    while (this.open.length > 0) this.#end(this.open[0]!, 100);
    this.#hasher.flush();
  }

  #feed(part: Part, length: number): void {
    const slab = this.#free.splice(this.#seed++ % Math.max(1, this.#free.length), 1)[0];
    if (slab === undefined) return;
    const bytes = seededBytes(length, this.#seed);
    slab.set(bytes);
    part.slabs.push(slab);
    part.bytes.push(bytes);
    part.digester.update(slab.subarray(0, length));
  }

  #end(part: Part, length: number): void {
    this.open.splice(this.open.indexOf(part), 1);
    this.#feed(part, length);
    this.ended.add(part);
    part.digester.digest((digests) => this.#told(part, digests));
  }

  #told(part: Part, digests: Digests): void {
    if (!this.ended.delete(part)) this.wrong.push("told twice");
    const expected = oracleDigests(Buffer.concat(part.bytes));
    if (!isDeepStrictEqual(digests, expected)) this.wrong.push({ digests, expected });
    this.#giveBack(part);
  }

  #discard(part: Part): void {
    this.open.splice(this.open.indexOf(part), 1);
    part.digester.discard();
    this.#giveBack(part);
  }

  #giveBack({ slabs }: Part): void {
    for (const slab of slabs) slab.fill(0xee);
    this.#free.push(...slabs);
  }
}

function slabsOf(memories: KernelMemories): Uint8Array[] {
  const slabs: Uint8Array[] = [];
  for (let number = 0; number < memories.count; number++) {
    const data = dataOf(memories, number);
    for (let at = 0; at < data.byteLength; at += SLAB) slabs.push(data.subarray(at, at + SLAB));
  }
  return slabs;
}

async function checkAnyParts(hasher: LaneHasher, numRuns: number): Promise<void> {
  const slabs = slabsOf(hasher.memories);
  await fc.assert(
    fc.asyncProperty(steps, async (all) => {
      const parts = new Parts(hasher, slabs);
      for (const step of all) {
        parts.take(step);
        if (step.kind === "turn") await turn();
      }
      parts.endAll();
      for (const until = Date.now() + 20_000; parts.ended.size > 0; await turn()) {
        assert.ok(Date.now() < until, "parts that are never told");
      }
      assert.deepEqual(parts.wrong, []);
    }),
    { numRuns },
  );
}

test("any parts, fed, ended and discarded in any order, have the digests of their bytes: on the main thread", async () => {
  const hasher = new LaneHasher(filledMemories(2, 6 * MIB), "main");
  await checkAnyParts(hasher, 50);
  await hasher.close();
});

test("and in a thread of its own", async () => {
  const hasher = new LaneHasher(filledMemories(2, 6 * MIB), "thread");
  after(() => hasher.close());
  hasher.createDigester(() => false).discard();
  await until(() => hasher.hashing === "worker", "the thread runs");
  await checkAnyParts(hasher, 50);
  assert.ok(hasher.hashing === "worker", "the thread died");
});
