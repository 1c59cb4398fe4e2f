import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { SLAB_SIZE, Slabs } from "../../lib/memory/slabs.ts";

function slabsIn(blockSlabs: number): { readonly slabs: Slabs; readonly blocks: Uint8Array[] } {
  const blocks: Uint8Array[] = [];
  const createBlock = (count: number): Uint8Array => {
    const buffer = new SharedArrayBuffer(count * SLAB_SIZE + 100);
    const block = new Uint8Array(buffer, 100, count * SLAB_SIZE);
    blocks.push(block);
    return block;
  };
  return { slabs: new Slabs(createBlock, blockSlabs), blocks };
}

/** The slab's number in its block. */
const numberOf = (slab: Uint8Array): number => (slab.byteOffset - 100) / SLAB_SIZE;

/** Allocates the slabs of one part. */
function allocatePart(slabs: Slabs, count: number): Uint8Array[] {
  const part: Uint8Array[] = [];
  for (let i = 0; i < count; i++) part.push(slabs.allocate(part.at(-1)));
  return part;
}

test("no block is asked for before a slab is, and none while a slab is free", () => {
  const { slabs, blocks } = slabsIn(4);
  assert.equal(blocks.length, 0);
  const first = allocatePart(slabs, 4);
  assert.equal(blocks.length, 1);
  slabs.free(first.pop()!);
  slabs.allocate();
  assert.equal(blocks.length, 1);
  slabs.allocate();
  assert.equal(blocks.length, 2);
});

test("a part's slabs lie side by side, from the beginning of the block", () => {
  const { slabs } = slabsIn(64);
  assert.deepEqual(allocatePart(slabs, 20).map(numberOf), [...Array(20).keys()]);
});

test("parts that are filled in turns have runs of 2 MiB each", () => {
  const { slabs } = slabsIn(64);
  const parts: Uint8Array[][] = [[], [], []];
  for (let i = 0; i < 16; i++) for (const part of parts) part.push(slabs.allocate(part.at(-1)));
  const runs = parts.map((part) => part.filter((slab, i) => i > 0 && isBehind(part[i - 1]!, slab)).length);
  assert.ok(
    runs.every((sideBySide) => sideBySide >= 14),
    `side by side: ${runs}`,
  );
});

const isBehind = (before: Uint8Array, slab: Uint8Array): boolean => numberOf(slab) === numberOf(before) + 1;

test("what was freed last is used first, lowest address first", () => {
  const { slabs } = slabsIn(64);
  const [old, recent] = [allocatePart(slabs, 16), allocatePart(slabs, 16)];
  for (const slab of [...old].reverse()) slabs.free(slab);
  for (const slab of [...recent].reverse()) slabs.free(slab);
  assert.deepEqual(allocatePart(slabs, 16).map(numberOf), recent.map(numberOf));
});

test("one part after the other touches no more memory than one", () => {
  const { slabs } = slabsIn(512);
  const touched = new Set<number>();
  for (let i = 0; i < 100; i++) {
    const part = allocatePart(slabs, 33);
    for (const slab of part) touched.add(numberOf(slab));
    for (const slab of part.reverse()) slabs.free(slab);
  }
  assert.equal(touched.size, 33);
});

test("single free slabs are used when no run of them is left", () => {
  const { slabs, blocks } = slabsIn(16);
  const all = allocatePart(slabs, 16);
  for (const i of [3, 9]) slabs.free(all[i]!);
  assert.deepEqual([numberOf(slabs.allocate()), numberOf(slabs.allocate())].sort(), [3, 9]);
  assert.equal(blocks.length, 1);
});

test("a slab comes back by its beginning", () => {
  const { slabs } = slabsIn(1);
  slabs.free(slabs.allocate().subarray(0, 5));
  assert.equal(slabs.allocate().byteLength, SLAB_SIZE);
});

test("what is not out is refused", () => {
  const { slabs } = slabsIn(4);
  const [slab, other] = [slabs.allocate(), slabs.allocate()];
  slabs.free(slab);
  const wrong = [slab, other.subarray(1), new Uint8Array(SLAB_SIZE), new Uint8Array(other.buffer)];
  for (const each of wrong) assert.throws(() => slabs.free(each), /no slab that is out/);
  slabs.free(other);
});

test("a block of the wrong size, or in the buffer of another, is refused", () => {
  assert.throws(() => new Slabs(() => new Uint8Array(SLAB_SIZE), 2).allocate(), /as large as asked for/);
  const block = new Uint8Array(SLAB_SIZE);
  const slabs = new Slabs(() => block, 1);
  slabs.allocate();
  assert.throws(() => slabs.allocate(), /buffer of its own/);
});

test("a block that cannot be made is asked for again", () => {
  let failures = 1;
  const slabs = new Slabs((count) => {
    if (failures-- > 0) throw new RangeError("no memory");
    return new Uint8Array(count * SLAB_SIZE);
  }, 2);
  assert.throws(() => slabs.allocate(), /no memory/);
  assert.equal(slabs.allocate().byteLength, SLAB_SIZE);
});

test("no slab is out twice, and there are no more blocks than slabs out at once need", () => {
  const step = fc.record({ part: fc.nat(4), free: fc.boolean(), which: fc.nat() });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 40 }), fc.array(step, { maxLength: 300 }), (blockSlabs, steps) => {
      const { slabs, blocks } = slabsIn(blockSlabs);
      const parts: Uint8Array[][] = [[], [], [], [], []];
      const out = new Set<string>();
      let most = 0;
      for (const { part: index, free, which } of steps) {
        const part = parts[index]!;
        if (free && part.length > 0) {
          const [slab] = part.splice(which % part.length, 1);
          out.delete(nameOf(blocks, slab!));
          slabs.free(slab!);
        } else {
          const slab = slabs.allocate(part.at(-1));
          assert.ok(!out.has(nameOf(blocks, slab)), "out twice");
          out.add(nameOf(blocks, slab));
          part.push(slab);
        }
        most = Math.max(most, out.size);
        assert.equal(blocks.length, Math.ceil(most / blockSlabs));
      }
    }),
    { numRuns: 200 },
  );
});

function nameOf(blocks: readonly Uint8Array[], slab: Uint8Array): string {
  return `${blocks.findIndex(({ buffer }) => buffer === slab.buffer)}:${numberOf(slab)}`;
}
