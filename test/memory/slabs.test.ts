import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { BLOCK_SLABS, SLAB_SIZE, Slabs } from "../../lib/memory/slabs.ts";

const BLOCK = BLOCK_SLABS * SLAB_SIZE;

/** Slabs of blocks that lie side by side, from an address on that is no block's. */
function slabsOf(limit: number): { readonly slabs: Slabs; readonly blocks: Uint8Array[] } {
  const blocks: Uint8Array[] = [];
  const buffer = new SharedArrayBuffer(SLAB_SIZE + Math.ceil(limit / BLOCK_SLABS) * BLOCK);
  const createBlock = (): Uint8Array => {
    const block = new Uint8Array(buffer, SLAB_SIZE + blocks.length * BLOCK, BLOCK);
    blocks.push(block);
    return block;
  };
  return { slabs: new Slabs(createBlock, limit), blocks };
}

/** The slab's number, over all blocks. */
const numberOf = (slab: Uint8Array): number => slab.byteOffset / SLAB_SIZE - 1;

/** Allocates the slabs of one part. */
function allocatePart(slabs: Slabs, count: number): Uint8Array[] {
  const part: Uint8Array[] = [];
  for (let i = 0; i < count; i++) part.push(slabs.allocate(part.at(-1)));
  return part;
}

test("no block is asked for before a slab is, and none while a whole one is free", () => {
  const { slabs, blocks } = slabsOf(64);
  assert.equal(blocks.length, 0);
  const first = allocatePart(slabs, 8);
  assert.equal(blocks.length, 1);
  slabs.allocate();
  assert.equal(blocks.length, 2);
  for (const slab of first) slabs.free(slab);
  slabs.allocate();
  assert.equal(blocks.length, 2);
});

test("no more slabs are out than the limit, nor in blocks that it needs", () => {
  for (const limit of [1, 7, 8, 9, 20]) {
    const { slabs, blocks } = slabsOf(limit);
    const all = Array.from({ length: limit }, () => slabs.allocate());
    assert.equal(new Set(all.map(numberOf)).size, limit);
    assert.throws(() => slabs.allocate(), /All slabs are out/);
    assert.throws(() => slabs.allocate(all.at(-1)), /All slabs are out/);
    assert.equal(blocks.length, Math.ceil(limit / BLOCK_SLABS));
    slabs.free(all[0]!);
    assert.equal(numberOf(slabs.allocate()), numberOf(all[0]!));
  }
});

test("a part's slabs lie side by side, from the beginning of the first block", () => {
  const { slabs } = slabsOf(64);
  assert.deepEqual(allocatePart(slabs, 20).map(numberOf), [...Array(20).keys()]);
});

test("parts that are filled in turns have blocks of 2 MiB each", () => {
  const { slabs } = slabsOf(64);
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
  const { slabs } = slabsOf(64);
  const [old, recent] = [allocatePart(slabs, 16), allocatePart(slabs, 16)];
  for (const slab of [...old].reverse()) slabs.free(slab);
  for (const slab of [...recent].reverse()) slabs.free(slab);
  assert.deepEqual(allocatePart(slabs, 16).map(numberOf), recent.map(numberOf));
});

test("one part after the other touches no more memory than one", () => {
  const { slabs } = slabsOf(512);
  const touched = new Set<number>();
  for (let i = 0; i < 100; i++) {
    const part = allocatePart(slabs, 33);
    for (const slab of part) touched.add(numberOf(slab));
    for (const slab of part.reverse()) slabs.free(slab);
  }
  assert.equal(touched.size, 33);
});

test("single free slabs are used when no block may be asked for any more", () => {
  const { slabs, blocks } = slabsOf(16);
  const all = allocatePart(slabs, 16);
  for (const i of [3, 9]) slabs.free(all[i]!);
  assert.deepEqual([numberOf(slabs.allocate()), numberOf(slabs.allocate())].sort(), [3, 9]);
  assert.equal(blocks.length, 2);
});

test("a slab comes back by its beginning", () => {
  const { slabs } = slabsOf(1);
  slabs.free(slabs.allocate().subarray(0, 5));
  assert.equal(slabs.allocate().byteLength, SLAB_SIZE);
});

test("what is not out is refused", () => {
  const { slabs, blocks } = slabsOf(5);
  const [slab, other] = [slabs.allocate(), slabs.allocate()];
  slabs.free(slab);
  const beyond = blocks[0]!.subarray(5 * SLAB_SIZE, 6 * SLAB_SIZE);
  const wrong = [slab, other.subarray(1), new Uint8Array(SLAB_SIZE), new Uint8Array(other.buffer), beyond];
  for (const each of wrong) assert.throws(() => slabs.free(each), /no slab that is out/);
  slabs.free(other);
});

test("a block of the wrong size, at no multiple of slabs, or in the place of another, is refused", () => {
  const block = new Uint8Array(BLOCK);
  for (const wrong of [new Uint8Array(SLAB_SIZE), new Uint8Array(new ArrayBuffer(BLOCK + 100), 100, BLOCK)]) {
    assert.throws(() => new Slabs(() => wrong, 9).allocate(), /place of its own/);
  }
  const slabs = new Slabs(() => block, 9);
  allocatePart(slabs, 8);
  assert.throws(() => slabs.allocate(), /place of its own/);
});

test("a block that cannot be made is asked for again", () => {
  let failures = 1;
  const slabs = new Slabs(() => {
    if (failures-- > 0) throw new RangeError("no memory");
    return new Uint8Array(BLOCK);
  }, 2);
  assert.throws(() => slabs.allocate(), /no memory/);
  assert.equal(slabs.allocate().byteLength, SLAB_SIZE);
});

test("no slab is out twice, nor more than the limit, however parts come and go", () => {
  const step = fc.record({ part: fc.nat(4), free: fc.boolean(), which: fc.nat() });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 40 }), fc.array(step, { maxLength: 300 }), (limit, steps) => {
      const { slabs, blocks } = slabsOf(limit);
      const parts: Uint8Array[][] = [[], [], [], [], []];
      const out = new Set<number>();
      for (const { part: index, free, which } of steps) {
        const part = parts[index]!;
        if (free && part.length > 0) {
          const [slab] = part.splice(which % part.length, 1);
          out.delete(numberOf(slab!));
          slabs.free(slab!);
        } else if (out.size === limit) {
          assert.throws(() => slabs.allocate(part.at(-1)), /All slabs are out/);
        } else {
          const slab = slabs.allocate(part.at(-1));
          assert.ok(!out.has(numberOf(slab)), "out twice");
          out.add(numberOf(slab));
          part.push(slab);
        }
        assert.ok(blocks.length <= Math.ceil(limit / BLOCK_SLABS));
      }
    }),
    { numRuns: 200 },
  );
});
