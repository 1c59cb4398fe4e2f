import assert from "node:assert/strict";
import { test } from "node:test";
import { KernelMemories } from "../../lib/digest/kernels/kernel-memories.ts";
import { loadKernels } from "../../lib/digest/kernels/load.ts";
import { Blocks } from "../../lib/memory/blocks.ts";
import { SLAB_SIZE } from "../../lib/memory/slabs.ts";
import { MIB } from "../support/bytes.ts";

const kernels = loadKernels();
assert.ok(kernels, "these tests are for where the kernels can be used");
const open = (limit: number): Blocks => new Blocks(new KernelMemories(kernels.module), limit);

test("a block holds the limit in whole slabs, and is shared with threads", () => {
  const blocks = open(MIB + 1);
  const block = blocks.create();
  assert.equal(block.byteLength, blocks.slabs * SLAB_SIZE);
  assert.equal(block.byteLength, MIB + SLAB_SIZE);
  assert.ok(block.buffer instanceof SharedArrayBuffer);
  blocks.release();
});

test("a large limit is made of several blocks, so that it costs nothing before it is used", () => {
  const blocks = open(64 * 1024 * MIB);
  assert.equal(blocks.slabs * SLAB_SIZE, 256 * MIB);
  assert.notEqual(blocks.create().buffer, blocks.create().buffer);
  blocks.release();
});

test("the blocks of one that is over are used by the next of that size, each by one", () => {
  const first = open(7 * MIB);
  const used = [first.create(), first.create()].map(({ buffer }) => buffer);
  first.release();
  const other = open(6 * MIB).create();
  assert.ok(!used.includes(other.buffer), "of another size");
  const next = open(7 * MIB);
  const again = [next.create(), next.create(), next.create()].map(({ buffer }) => buffer);
  assert.deepEqual(new Set(again.slice(0, 2)), new Set(used));
  assert.ok(!used.includes(again[2]!), "given twice");
});

test("where there are no kernels, blocks are ordinary memory", () => {
  const block = new Blocks(undefined, MIB).create();
  assert.equal(block.byteLength, MIB);
  assert.ok(block.buffer instanceof ArrayBuffer);
});

test("a system that has no more memory to give is named in the error", () => {
  const api = (globalThis as unknown as { WebAssembly: { Memory: unknown } }).WebAssembly;
  const real = api.Memory;
  const blocks = open(5 * MIB);
  api.Memory = class {
    constructor() {
      throw new RangeError("could not allocate memory");
    }
  };
  try {
    assert.throws(() => blocks.create(), {
      code: "ERR_COS_NO_MEMORY",
      message: /5242880 bytes/,
      cause: new RangeError("could not allocate memory"),
    });
  } finally {
    api.Memory = real;
  }
});
