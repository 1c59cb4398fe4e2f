import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import fc from "fast-check";
import { crc64 } from "../../lib/digest/crc64.ts";
import { createInlineDigester } from "../../lib/digest/inline-digester.ts";
import { PartMemory } from "../../lib/memory/part-memory.ts";
import { SEGMENT_SIZE, type SegmentSource, unboundedSegments } from "../../lib/memory/segments.ts";
import { type AssemblerOptions, PartAssembler } from "../../lib/parts/assembler.ts";
import type { Part } from "../../lib/parts/part.ts";
import type { PartPlan } from "../../lib/parts/plan.ts";
import { KIB, MIB, seededBytes } from "../support/bytes.ts";

/** Any sizes: the assembler does not know COS's limits, so small ones show the same as large ones. */
function planOf(...sizes: readonly number[]): PartPlan {
  const capacity = sizes.reduce((sum, size) => sum + size, 0);
  return { maxParts: sizes.length, size: (index) => sizes[index]!, capacity };
}

function assemblerOf(plan: PartPlan, more: Partial<AssemblerOptions> = {}) {
  const parts: Part[] = [];
  const assembler = new PartAssembler({
    plan,
    memory: unboundedSegments,
    createDigester: createInlineDigester,
    onPart: (part) => parts.push(part),
    ...more,
  });
  return { assembler, parts };
}

/** What the parts must be: slices of the bytes, numbered, digested. */
function expectedParts(bytes: Uint8Array, plan: PartPlan): Omit<Part, "body">[] {
  const parts: Omit<Part, "body">[] = [];
  for (let offset = 0; offset < bytes.byteLength; offset += plan.size(parts.length - 1)) {
    const piece = bytes.subarray(offset, offset + plan.size(parts.length));
    const md5 = createHash("md5").update(piece).digest("base64");
    parts.push({ partNumber: parts.length + 1, offset, size: piece.byteLength, md5, crc64: crc64(piece) });
  }
  return parts;
}

function assertParts(parts: readonly Part[], bytes: Uint8Array, plan: PartPlan): void {
  assert.deepEqual(
    parts.map(({ body: _, ...rest }) => rest),
    expectedParts(bytes, plan),
  );
  assert.ok(Buffer.concat(parts.flatMap(({ body }) => body)).equals(bytes));
  for (const { body } of parts) {
    assert.ok(body.slice(0, -1).every(({ byteLength }) => byteLength === SEGMENT_SIZE));
    assert.ok(body.at(-1)!.byteLength > 0);
  }
}

/** Cut points as fractions of the whole; empty chunks among them. */
const cuts = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 40 });

function chunksOf(bytes: Uint8Array, fractions: readonly number[]): Uint8Array[] {
  const at = [0, ...fractions.map((fraction) => Math.floor(fraction * bytes.byteLength)), bytes.byteLength];
  at.sort((a, b) => a - b);
  return at.slice(1).map((end, index) => bytes.subarray(at[index]!, end));
}

test("bytes of any chunking become the same parts, with the same digests", () => {
  const sizes = fc.array(fc.integer({ min: 1, max: 3 * MIB }), { minLength: 1, maxLength: 6 });
  const fill = fc.double({ min: 0, max: 1, noNaN: true });
  fc.assert(
    fc.property(sizes, fill, cuts, fc.nat(), (planned, fraction, fractions, seed) => {
      const plan = planOf(...planned);
      const bytes = seededBytes(Math.floor(plan.capacity * fraction), seed);
      const { assembler, parts } = assemblerOf(plan);
      for (const chunk of chunksOf(bytes, fractions)) assert.equal(assembler.write(chunk), chunk.byteLength);
      assembler.end();
      assert.equal(assembler.taken, bytes.byteLength);
      assertParts(parts, bytes, plan);
    }),
    { numRuns: 60 },
  );
});

test("a byte at a time makes the same parts as well", () => {
  const plan = planOf(...Array(20).fill(1000));
  const bytes = seededBytes(9_500);
  const { assembler, parts } = assemblerOf(plan);
  for (let at = 0; at < bytes.byteLength; at++) assembler.write(bytes.subarray(at, at + 1));
  assembler.end();
  assertParts(parts, bytes, plan);
});

test("a caller may overwrite its chunk as soon as `write` returns", () => {
  const plan = planOf(MIB + 7, MIB);
  const bytes = seededBytes(2 * MIB);
  const { assembler, parts } = assemblerOf(plan);
  const scratch = Buffer.alloc(50_000);
  for (let at = 0; at < bytes.byteLength; at += scratch.byteLength) {
    const piece = bytes.subarray(at, at + scratch.byteLength);
    assembler.write(scratch.fill(piece, 0, piece.byteLength).subarray(0, piece.byteLength));
    scratch.fill(0xee);
  }
  assembler.end();
  assertParts(parts, bytes, plan);
});

test("a part is handed out with its last byte, and an exact multiple leaves no empty part", () => {
  const { assembler, parts } = assemblerOf(planOf(10, 10, 10));
  const handed = [9, 1, 9, 1].map((length) => {
    assembler.write(new Uint8Array(length));
    return parts.length;
  });
  assembler.end();
  assert.deepEqual([...handed, parts.length], [0, 1, 1, 2, 2]);
});

test("nothing at all is no part", () => {
  const { assembler, parts } = assemblerOf(planOf(10));
  assembler.write(new Uint8Array());
  assembler.end();
  assert.deepEqual(parts, []);
});

test("the plan may be filled to the last byte; one more is an error", () => {
  const { assembler, parts } = assemblerOf(planOf(10, 10));
  assert.equal(assembler.write(new Uint8Array(20)), 20);
  assert.equal(parts.length, 2);
  assert.throws(() => assembler.write(new Uint8Array(1)), { code: "ERR_COS_TOO_LARGE" });
});

test("numbers begin where they are told to", () => {
  const { assembler, parts } = assemblerOf(planOf(10, 10), { firstPartNumber: 7 });
  assembler.write(new Uint8Array(15));
  assembler.end();
  assert.deepEqual(
    parts.map(({ partNumber, offset }) => [partNumber, offset]),
    [
      [7, 0],
      [8, 10],
    ],
  );
});

test("the beginning of each part is told before its memory is asked for, with its planned size", () => {
  const told: unknown[] = [];
  const memory: SegmentSource = {
    acquire: (size) => {
      told.push(`acquire ${size}`);
      return new Uint8Array(size);
    },
  };
  const onBegin = (partNumber: number, size: number): void => void told.push(`begin ${partNumber}: ${size}`);
  const { assembler } = assemblerOf(planOf(MIB + 3, 5), { memory, onBegin });
  assembler.write(new Uint8Array(MIB + 4));
  assert.deepEqual(told, [`begin 1: ${MIB + 3}`, `acquire ${MIB}`, "acquire 3", "begin 2: 5", "acquire 5"]);
});

test("where memory ends, `write` says how far it came, and goes on from there", () => {
  const memory = new PartMemory();
  memory.allow(2 * MIB);
  const bytes = seededBytes(5 * MIB + 11);
  const plan = planOf(...Array(6).fill(MIB));
  const held: (readonly Uint8Array[])[] = [];
  const copies: Part[] = [];
  const onPart = (part: Part, segments: readonly Uint8Array[]): void => {
    copies.push({ ...part, body: part.body.map((piece) => Buffer.from(piece)) });
    held.push(segments);
  };
  const { assembler } = assemblerOf(plan, { memory, onPart });
  const stops: number[] = [];
  for (let at = 0; at < bytes.byteLength; ) {
    at = assembler.write(bytes, at);
    stops.push(at);
    for (const segments of held.splice(0)) memory.release(segments);
  }
  assembler.end();
  assertParts(copies, bytes, plan);
  assert.deepEqual(stops, [2 * MIB, 4 * MIB, bytes.byteLength]);
});

test("runs of the whole come in order and hold every byte once, whatever the chunks are", () => {
  const whole = createHash("sha256");
  let longest = 0;
  const onRun = (run: Uint8Array): void => {
    longest = Math.max(longest, run.byteLength);
    whole.update(run);
  };
  const bytes = seededBytes(3 * MIB + 5);
  const { assembler } = assemblerOf(planOf(MIB + 1, MIB, MIB, MIB), { onRun });
  for (let at = 0; at < bytes.byteLength; at += 777) assembler.write(bytes.subarray(at, at + 777));
  assembler.end();
  assert.equal(whole.digest("hex"), createHash("sha256").update(bytes).digest("hex"));
  assert.ok(longest < 128 * KIB, `a run of ${longest} bytes left the cache`);
});

test("what is discarded is told by its segments, and nothing of it comes out", () => {
  const { assembler, parts } = assemblerOf(planOf(10 * MIB));
  assembler.write(new Uint8Array(MIB + 1));
  assert.equal(assembler.discard().length, 2);
  assembler.end();
  assert.deepEqual(parts, []);
});
