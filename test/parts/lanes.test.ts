import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import fc from "fast-check";
import { LaneHasher } from "../../lib/digest/lane-hasher.ts";
import { PartAssembler } from "../../lib/parts/assembler.ts";
import type { Part } from "../../lib/parts/part.ts";
import { dataOf, filledMemories } from "../digest/support.ts";
import { KIB, MIB, seededBytes } from "../support/bytes.ts";
import "../support/leaks.ts";
import { assertParts, planOf } from "./support.ts";

const SLAB = 256 * KIB;

/** Slabs of the kernels' memory, used again as soon as they are given back. */
function slabPool(hasher: LaneHasher) {
  const data = dataOf(hasher.memories, 0);
  const free: Uint8Array[] = [];
  for (let at = 0; at < data.byteLength; at += SLAB) free.push(data.subarray(at, at + SLAB));
  return {
    acquire: (size: number) => free.shift()?.subarray(0, Math.min(size, SLAB)),
    release: (segments: readonly Uint8Array[]): void => {
      for (const { buffer, byteOffset } of segments) {
        free.push(new Uint8Array(buffer, byteOffset, SLAB).fill(0xee));
      }
    },
    all: data.byteLength / SLAB,
    get free(): number {
      return free.length;
    },
  };
}

test("parts digested in lanes, in memory that is used again, are those that were written", async () => {
  const hasher = new LaneHasher(filledMemories(1, 4 * MIB), "main");
  const memory = slabPool(hasher);
  // Whole parts fit the memory, or nothing would ever come back.
  const size = fc.oneof(fc.integer({ min: 1, max: MIB }), fc.constantFrom(64, SLAB, MIB));
  const input = fc.record({
    sizes: fc.array(size, { minLength: 1, maxLength: 20 }),
    chunk: fc.integer({ min: 1000, max: MIB }),
    fraction: fc.double({ min: 0, max: 1, noNaN: true }),
    seed: fc.nat(),
  });
  await fc.assert(
    fc.asyncProperty(input, async ({ sizes, chunk, fraction, seed }) => {
      const plan = planOf(...sizes);
      const bytes = seededBytes(Math.ceil(plan.capacity * fraction), seed);
      const parts: Part[] = [];
      const assembler = new PartAssembler({
        plan,
        memory,
        createDigester: () => hasher.createDigester(() => true),
        onPart: (part, segments) => {
          parts.push({ ...part, body: part.body.map((piece) => Uint8Array.from(piece)) });
          memory.release(segments);
        },
      });
      for (let at = 0; at < bytes.byteLength; ) {
        const next = assembler.write(bytes.subarray(at, at + chunk)) + at;
        if (next < Math.min(at + chunk, bytes.byteLength)) {
          hasher.flush();
          await turn();
        }
        at = next;
      }
      const over = new Promise<void>((resolve) => assembler.end(resolve));
      hasher.flush();
      await over;
      parts.sort((a, b) => a.partNumber - b.partNumber);
      assertParts(parts, bytes, plan);
      assert.deepEqual([assembler.partsDigesting, memory.free], [0, memory.all]);
    }),
    { numRuns: 60 },
  );
  await hasher.close();
});

test("what is discarded while it is digested does not come out, and its memory may be used", async () => {
  const hasher = new LaneHasher(filledMemories(1, 4 * MIB), "main");
  const memory = slabPool(hasher);
  const options = { memory, createDigester: () => hasher.createDigester(() => true) };
  const plan = planOf(...Array(4).fill(MIB));
  const dropped = new PartAssembler({ ...options, plan, onPart: () => assert.fail("handed out") });
  const taken: Uint8Array[] = [];
  const acquire = (size: number): Uint8Array | undefined => {
    const slab = memory.acquire(size);
    if (slab !== undefined) taken.push(slab);
    return slab;
  };
  const watched = new PartAssembler({
    ...options,
    memory: { acquire },
    plan,
    onPart: () => assert.fail("handed out"),
  });
  watched.write(seededBytes(3 * MIB));
  watched.end(() => assert.fail("told"));
  hasher.flush();
  watched.discard();
  dropped.discard();
  memory.release(taken);
  const parts: Part[] = [];
  const bytes = seededBytes(4 * MIB, 3);
  const next = new PartAssembler({ ...options, plan, onPart: (part) => parts.push(part) });
  assert.equal(next.write(bytes), bytes.byteLength);
  await new Promise<void>((resolve) => next.end(resolve));
  assertParts(parts, bytes, plan);
  await hasher.close();
});
