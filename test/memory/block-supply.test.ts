import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { KernelHeap } from "../../lib/digest/kernels/kernel-heap.ts";
import { loadKernels } from "../../lib/digest/kernels/load.ts";
import { BlockSupply } from "../../lib/memory/block-supply.ts";
import { BLOCK_SLABS, SLAB_SIZE } from "../../lib/memory/slabs.ts";

const kernels = loadKernels();
assert.ok(kernels, "these tests are for where the kernels can be used");
const BLOCK = BLOCK_SLABS * SLAB_SIZE;
const newHeap = (): KernelHeap => new KernelHeap(kernels.module);

/** Supplies for clients of so many blocks. */
const supplyOf = (heap: KernelHeap | undefined, blocks: number): BlockSupply =>
  new BlockSupply(heap, blocks * BLOCK_SLABS);

const takeBlocks = (supply: BlockSupply, count: number): Uint8Array[] =>
  Array.from({ length: count }, () => supply.create());
const addressOf = ({ buffer, byteOffset }: Uint8Array): unknown => ({ buffer, byteOffset });

test("a block is as large as asked for, of memory that threads share and the kernels hash", () => {
  const supply = supplyOf(newHeap(), 4);
  const block = supply.create();
  assert.equal(block.byteLength, BLOCK);
  assert.ok(block.buffer instanceof SharedArrayBuffer);
  assert.equal(supply.memories?.numberOf(block), 0);
  supply.release();
});

test("clients share a memory, and no byte of it", () => {
  const heap = newHeap();
  const supplies = [1, 2, 3].map(() => supplyOf(heap, 4));
  const blocks = supplies.flatMap((supply) => takeBlocks(supply, 4));
  assert.equal(new Set(blocks.map(({ buffer }) => buffer)).size, 1);
  const places = blocks.map(({ byteOffset }) => byteOffset);
  // Beside their blocks each has one that its kernels write to, on the main thread and in a thread of its own.
  const areas = supplies.map(({ memories }) => memories!.at(0).workerArea);
  assert.equal(new Set(places).size, 12);
  assert.equal(new Set(areas).size, 3);
  for (const area of areas) assert.ok(places.every((place) => area < place || area >= place + BLOCK));
});

test("what one client gave back is used by the next, first what it used first", () => {
  const heap = newHeap();
  const first = supplyOf(heap, 4);
  const blocks = takeBlocks(first, 4).map(addressOf);
  first.release();
  // One is for the kernels.
  const next = takeBlocks(supplyOf(heap, 4), 3).map(addressOf);
  assert.deepEqual(next, blocks.slice(0, 3));
});

test("a client that needs much has it in one memory, where that is possible", () => {
  const heap = newHeap();
  const [first, second] = [supplyOf(heap, 100), supplyOf(heap, 100)];
  const buffers = [first, second].map(
    (supply) => new Set(takeBlocks(supply, 100).map(({ buffer }) => buffer)),
  );
  assert.deepEqual(
    buffers.map(({ size }) => size),
    [1, 1],
  );
  assert.equal(second.memories?.count, 1);
  const third = supplyOf(heap, 20);
  assert.ok(
    buffers.some((all) => all.has(third.create().buffer)),
    "what is left is used by those who need little",
  );
});

test("a client that needs more than a memory has several", () => {
  const supply = supplyOf(newHeap(), 1100);
  const blocks = takeBlocks(supply, 1100);
  assert.equal(new Set(blocks.map(({ buffer }) => buffer)).size, 3);
  assert.deepEqual(
    [0, 600, 1099].map((at) => supply.memories?.numberOf(blocks[at]!)),
    [0, 1, 2],
  );
  supply.release();
});

test("where there are no kernels, blocks are ordinary memory", () => {
  const supply = supplyOf(undefined, 1);
  const block = supply.create();
  assert.equal(block.byteLength, BLOCK);
  assert.ok(block.buffer instanceof ArrayBuffer);
  assert.equal(supply.memories, undefined);
  supply.release();
});

const api = (globalThis as unknown as { WebAssembly: { Memory: unknown } }).WebAssembly;

/** Runs with no memory to be had any more. */
function withoutMemory(run: () => void): void {
  const real = api.Memory;
  api.Memory = class {
    constructor() {
      throw new RangeError("could not allocate memory");
    }
  };
  try {
    run();
  } finally {
    api.Memory = real;
  }
}

test("a system that has no more memory to give is named in the error, with what helps", () => {
  const supply = supplyOf(newHeap(), 1);
  withoutMemory(() =>
    assert.throws(() => supply.create(), {
      code: "ERR_COS_NO_MEMORY",
      message: /address space.*--disable-wasm-trap-handler/,
      cause: new RangeError("could not allocate memory"),
    }),
  );
});

test("where no further memory can be made, a client takes what is left of the others", () => {
  const heap = newHeap();
  takeBlocks(supplyOf(heap, 100), 100);
  withoutMemory(() => {
    const supply = supplyOf(heap, 100);
    // Of 128, one is scratch, and one for the kernels of either.
    assert.equal(takeBlocks(supply, 25).length, 25);
    assert.throws(() => supply.create(), { code: "ERR_COS_NO_MEMORY" });
  });
});

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

/** Until it holds: finalizers run when they do. */
async function collected(condition: () => boolean): Promise<boolean> {
  for (let turns = 0; turns < 100 && !condition(); turns++) {
    // What was looked at stays until the next turn.
    await sleep(5);
    collectGarbage();
  }
  return condition();
}

test("what a client took that nobody closed is given back when it is collected", async () => {
  const heap = newHeap();
  const kept = supplyOf(heap, 4);
  const { buffer } = kept.create();
  const memory = heap.memoryFor(1);
  (() => takeBlocks(supplyOf(heap, 100), 100))();
  const before = memory.free;
  assert.ok(
    await collected(() => memory.free === before + 101),
    `${before} and then ${memory.free} are free`,
  );
  assert.equal(kept.create().buffer, buffer);
});

test("a memory of which nobody has a block is collected", async () => {
  const heap = newHeap();
  const reference = (() => {
    const supply = supplyOf(heap, 4);
    const block = supply.create();
    supply.release();
    return new WeakRef(block.buffer);
  })();
  assert.ok(await collected(() => reference.deref() === undefined));
  supplyOf(heap, 4).create();
});
