import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { joinAdjacent } from "../../lib/parts/body.ts";
import { KIB, MIB, seededBytes } from "../support/bytes.ts";

const SLAB = 256 * KIB;

const block = seededBytes(12 * MIB);
const otherBlock = new Uint8Array(new SharedArrayBuffer(12 * MIB));
otherBlock.set(seededBytes(12 * MIB, 2));

function slab(number: number, length: number = SLAB, of: Uint8Array = block): Uint8Array {
  return of.subarray(number * SLAB, number * SLAB + length);
}

/** Where pieces are, in slabs: [first, slabs]. */
function placesOf(pieces: readonly Uint8Array[]): number[][] {
  return pieces.map(({ byteOffset, byteLength }) => [
    (byteOffset - block.byteOffset) / SLAB,
    byteLength / SLAB,
  ]);
}

function sum(lengths: readonly { readonly byteLength: number }[]): number {
  return lengths.reduce((total, { byteLength }) => total + byteLength, 0);
}

test("segments that lie side by side become pieces of up to 1 MiB", () => {
  const segments = [0, 1, 2, 3, 4, 5, 6, 7, 8].map((number) => slab(number));
  assert.deepEqual(placesOf(joinAdjacent(segments, sum(segments))), [
    [0, 4],
    [4, 4],
    [8, 1],
  ]);
});

test("a gap, another order and another memory begin a piece", () => {
  const segments = [slab(0), slab(1), slab(3), slab(2), slab(3)];
  assert.deepEqual(placesOf(joinAdjacent(segments, sum(segments))), [
    [0, 2],
    [3, 1],
    [2, 2],
  ]);
  const mixed = [slab(0), slab(1, SLAB, otherBlock), slab(2, SLAB, otherBlock)];
  assert.deepEqual(
    joinAdjacent(mixed, sum(mixed)).map(({ byteLength }) => byteLength),
    [SLAB, 2 * SLAB],
  );
});

test("of the last segment only what is filled belongs to the body", () => {
  const segments = [slab(0), slab(1), slab(2)];
  const size = 2 * SLAB + 7;
  const [piece, ...more] = joinAdjacent(segments, size);
  assert.equal(more.length, 0);
  assert.ok(Buffer.from(piece!).equals(block.subarray(0, size)));
});

test("a segment of more than 1 MiB stays one piece", () => {
  const large = block.subarray(0, 3 * MIB);
  assert.deepEqual(joinAdjacent([large, block.subarray(3 * MIB, 4 * MIB)], 4 * MIB).map(sumOfOne), [
    3 * MIB,
    MIB,
  ]);
});

function sumOfOne({ byteLength }: Uint8Array): number {
  return byteLength;
}

test("nothing is copied, lost or doubled, wherever segments lie", () => {
  const segment = fc.record({
    number: fc.integer({ min: 0, max: 40 }),
    isOther: fc.boolean(),
    follows: fc.boolean(),
  });
  const input = fc.record({
    places: fc.array(segment, { minLength: 1, maxLength: 20 }),
    unfilled: fc.integer({ min: 0, max: SLAB - 1 }),
  });
  fc.assert(
    fc.property(input, ({ places, unfilled }) => {
      const segments: Uint8Array[] = [];
      let last: { number: number; of: Uint8Array } = { number: 0, of: block };
      for (const { number, isOther, follows } of places) {
        last =
          follows && last.number < 40
            ? { ...last, number: last.number + 1 }
            : { number, of: isOther ? otherBlock : block };
        segments.push(slab(last.number, SLAB, last.of));
      }
      const size = sum(segments) - unfilled;
      const pieces = joinAdjacent(segments, size);
      assert.equal(sum(pieces), size);
      assert.ok(Buffer.concat(pieces).equals(Buffer.concat(segments).subarray(0, size)));
      const buffers = new Set<ArrayBufferLike>([block.buffer, otherBlock.buffer]);
      for (const { buffer, byteLength } of pieces)
        assert.ok(buffers.has(buffer) && byteLength > 0 && byteLength <= MIB);
      for (const [index, piece] of pieces.slice(1).entries()) {
        const before = pieces[index]!;
        const isBehind =
          before.buffer === piece.buffer && before.byteOffset + before.byteLength === piece.byteOffset;
        assert.ok(
          !isBehind || before.byteLength + Math.min(SLAB, piece.byteLength) > MIB,
          "two pieces that could be one",
        );
      }
    }),
    { numRuns: 200 },
  );
});
