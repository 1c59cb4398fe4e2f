import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import fc from "fast-check";
import { createInlineDigester } from "../../lib/digest/inline-digester.ts";
import { type SegmentSource, UnboundedMemory } from "../../lib/memory/part-memory.ts";
import { type AssemblerOptions, PartAssembler } from "../../lib/parts/assembler.ts";
import type { Part } from "../../lib/parts/part.ts";
import type { PartPlan } from "../../lib/parts/plan.ts";
import { MIB, seededBytes } from "../support/bytes.ts";
import { assertParts, heldDigesters, planOf, segmentsOf } from "./support.ts";

function assemblerOf(plan: PartPlan, more: Partial<AssemblerOptions> = {}) {
  const parts: Part[] = [];
  const told = { over: false };
  const assembler = new PartAssembler({
    plan,
    memory: new UnboundedMemory(),
    createDigester: createInlineDigester,
    onPart: (part) => parts.push(part),
    ...more,
  });
  const end = (): void =>
    assembler.end(() => {
      assert.ok(!told.over, "the end was told twice");
      told.over = true;
    });
  return { assembler, parts, end, told };
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
  const segment = fc.integer({ min: 1, max: MIB / 64 }).map((blocks) => blocks * 64);
  fc.assert(
    fc.property(fc.tuple(sizes, segment), fc.tuple(fill, fc.nat()), cuts, (sized, content, fractions) => {
      const [[planned, segmentSize], [fraction, seed]] = [sized, content];
      const plan = planOf(...planned);
      const bytes = seededBytes(Math.floor(plan.capacity * fraction), seed);
      const { assembler, parts, end, told } = assemblerOf(plan, { memory: segmentsOf(segmentSize) });
      for (const chunk of chunksOf(bytes, fractions)) assert.equal(assembler.write(chunk), chunk.byteLength);
      end();
      assert.ok(told.over);
      assert.equal(assembler.taken, bytes.byteLength);
      assertParts(parts, bytes, plan);
    }),
    { numRuns: 60 },
  );
});

test("a byte at a time makes the same parts as well", () => {
  const plan = planOf(...Array(20).fill(1000));
  const bytes = seededBytes(9_500);
  const { assembler, parts, end } = assemblerOf(plan);
  for (let at = 0; at < bytes.byteLength; at++) assembler.write(bytes.subarray(at, at + 1));
  end();
  assertParts(parts, bytes, plan);
});

test("a caller may overwrite its chunk as soon as `write` returns", () => {
  const plan = planOf(MIB + 7, MIB);
  const bytes = seededBytes(2 * MIB);
  const { assembler, parts, end } = assemblerOf(plan);
  const scratch = Buffer.alloc(50_000);
  for (let at = 0; at < bytes.byteLength; at += scratch.byteLength) {
    const piece = bytes.subarray(at, at + scratch.byteLength);
    assembler.write(scratch.fill(piece, 0, piece.byteLength).subarray(0, piece.byteLength));
    scratch.fill(0xee);
  }
  end();
  assertParts(parts, bytes, plan);
});

test("a part is handed out with its last byte, and an exact multiple leaves no empty part", () => {
  const { assembler, parts, end } = assemblerOf(planOf(10, 10, 10));
  const handed = [9, 1, 9, 1].map((length) => {
    assembler.write(new Uint8Array(length));
    return parts.length;
  });
  end();
  assert.deepEqual([...handed, parts.length], [0, 1, 1, 2, 2]);
});

test("nothing at all is no part", () => {
  const { assembler, parts, end } = assemblerOf(planOf(10));
  assembler.write(new Uint8Array());
  end();
  assert.deepEqual(parts, []);
});

test("the plan may be filled to the last byte; one more is an error", () => {
  const { assembler, parts } = assemblerOf(planOf(10, 10));
  assert.equal(assembler.write(new Uint8Array(20)), 20);
  assert.equal(parts.length, 2);
  assert.throws(() => assembler.write(new Uint8Array(1)), { code: "ERR_COS_TOO_LARGE" });
});

test("numbers begin where they are told to", () => {
  const { assembler, parts, end } = assemblerOf(planOf(10, 10), { firstPartNumber: 7 });
  assembler.write(new Uint8Array(15));
  end();
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
      return new Uint8Array(Math.min(size, MIB));
    },
  };
  const onBegin = (partNumber: number, size: number): void => void told.push(`begin ${partNumber}: ${size}`);
  const { assembler } = assemblerOf(planOf(MIB + 3, 5), { memory, onBegin });
  assembler.write(new Uint8Array(MIB + 4));
  assert.deepEqual(told, [
    `begin 1: ${MIB + 3}`,
    `acquire ${MIB + 3}`,
    "acquire 3",
    "begin 2: 5",
    "acquire 5",
  ]);
});

test("of a chunk only the bytes up to an index are taken, if one is given", () => {
  const bytes = seededBytes(100);
  const { assembler, parts, end } = assemblerOf(planOf(100));
  assert.equal(assembler.write(bytes, 0, 30), 30);
  assert.equal(assembler.write(bytes, 30, 30), 30);
  assert.equal(assembler.write(bytes, 30, 31), 31);
  assert.equal(assembler.taken, 31);
  assert.equal(assembler.write(bytes, 31), 100);
  end();
  assertParts(parts, bytes, planOf(100));
});

test("where memory ends, `write` says how far it came, and goes on from there", () => {
  let free = 2 * MIB;
  const memory: SegmentSource = {
    acquire: (size) => {
      const length = Math.min(size, 256 * 1024);
      if (length > free) return undefined;
      free -= length;
      return new Uint8Array(length);
    },
  };
  const bytes = seededBytes(5 * MIB + 11);
  const plan = planOf(...Array(6).fill(MIB));
  const { assembler, parts, end } = assemblerOf(plan, { memory });
  const stops: number[] = [];
  for (let at = 0; at < bytes.byteLength; free = 2 * MIB) {
    at = assembler.write(bytes, at);
    stops.push(at);
  }
  end();
  assertParts(parts, bytes, plan);
  assert.deepEqual(stops, [2 * MIB, 4 * MIB, bytes.byteLength]);
});

test("segments of the whole come in order and hold every byte once, whatever the chunks are", () => {
  const whole = createHash("sha256");
  const onSegment = (bytes: Uint8Array): void => void whole.update(bytes);
  const bytes = seededBytes(3 * MIB + 5);
  const { assembler, end } = assemblerOf(planOf(MIB + 1, MIB, MIB, MIB), { onSegment });
  for (let at = 0; at < bytes.byteLength; at += 777) assembler.write(bytes.subarray(at, at + 777));
  end();
  assert.equal(whole.digest("hex"), createHash("sha256").update(bytes).digest("hex"));
});

test("all that a digester gets before the last bytes of its part is whole blocks", () => {
  const seen: number[][] = [];
  const createDigester = () => {
    const lengths: number[] = [];
    seen.push(lengths);
    return {
      ...held.createDigester(),
      update: ({ byteLength }: Uint8Array) => void lengths.push(byteLength),
    };
  };
  const held = heldDigesters();
  const plan = planOf(1000, 64, 1001, 63);
  const { assembler, end } = assemblerOf(plan, { memory: segmentsOf(128), createDigester });
  for (let at = 0; at < 2100; at += 7) assembler.write(new Uint8Array(Math.min(7, 2100 - at)));
  end();
  assert.deepEqual(
    seen.map((lengths) => lengths.reduce((sum, length) => sum + length)),
    [1000, 64, 1001, 35],
  );
  for (const lengths of seen) assert.ok(lengths.slice(0, -1).every((length) => length % 64 === 0));
});

test("a part is told as cut at its last byte, with its number, before it is digested", () => {
  const held = heldDigesters();
  const cut: number[] = [];
  const onCut = (partNumber: number): void => void cut.push(partNumber);
  const { createDigester } = held;
  const { assembler, parts, end } = assemblerOf(planOf(10, 10), {
    firstPartNumber: 3,
    onCut,
    createDigester,
  });
  assembler.write(new Uint8Array(9));
  assert.deepEqual([cut, assembler.partsDigesting], [[], 0]);
  assembler.write(new Uint8Array(5));
  assert.deepEqual([cut, assembler.partsDigesting], [[3], 1]);
  end();
  assert.deepEqual([cut, assembler.partsDigesting, parts.length], [[3, 4], 2, 0]);
});

test("the end comes with the digests of the last part, once, however late they are", () => {
  const held = heldDigesters();
  const { createDigester } = held;
  const { assembler, parts, end, told } = assemblerOf(planOf(10, 10, 10), { createDigester });
  assembler.write(new Uint8Array(25));
  end();
  for (const left of [3, 2, 1]) {
    assert.deepEqual([told.over, assembler.partsDigesting], [false, left]);
    held.tellNext();
  }
  assert.deepEqual([told.over, assembler.partsDigesting, parts.length], [true, 0, 3]);
});

test("what is discarded does not come out, and its digests are wanted by nobody", () => {
  const held = heldDigesters();
  const { assembler, parts, end, told } = assemblerOf(planOf(10, 10, 10, 10), {
    createDigester: held.createDigester,
  });
  assembler.write(new Uint8Array(35));
  held.tellNext();
  end();
  assembler.discard();
  assert.equal(held.discarded, 3);
  assert.deepEqual([parts.length, assembler.partsDigesting, told.over], [1, 0, false]);
});
