import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import fc from "fast-check";
import { KernelMemory } from "../../lib/digest/kernels/kernel-memory.ts";
import {
  BLOCK,
  CRC64_START,
  crc64Of,
  Kernels,
  LONG_RUN,
  MD5_START,
  md5Of,
  type Run,
  WORKER_AREA,
} from "../../lib/digest/kernels/kernels.ts";
import { KIB, MIB, seededBytes } from "../support/bytes.ts";
import { kernelModule, oracleCrc64 } from "./support.ts";

const memory = new KernelMemory(kernelModule(), MIB);
const { kernels, data } = memory;
const workerKernels = new Kernels(kernelModule(), memory.memory, WORKER_AREA);

const LENGTHS: readonly number[] = Array.from({ length: 1101 }, (_, length) => length);
const ALIGNMENTS: readonly number[] = Array.from({ length: 64 }, (_, alignment) => alignment);
/** Around the room that the padding needs, one block and several. */
const EDGES: readonly number[] = [0, 1, 8, 55, 56, 57, 63, 64, 65, 119, 120, 127, 128, 129, 1000];

const CONTENTS: Readonly<Record<string, Uint8Array>> = {
  zeros: new Uint8Array(MIB),
  ones: new Uint8Array(MIB).fill(0xff),
  "seeded bytes": seededBytes(MIB, 9),
};

function md5Hex(bytes: Uint8Array): string {
  return createHash("md5").update(bytes).digest("hex");
}

/** The MD5s of messages of one length, side by side, each at an offset of its own. */
function md5s(by: Kernels, offsets: readonly number[], length: number): string[] {
  const addresses = offsets.map((offset) => data.byteOffset + offset);
  const blocks = Math.floor(length / BLOCK);
  const states = by.md5(
    offsets.map(() => MD5_START),
    addresses,
    blocks,
  );
  return states.map((state, lane) => {
    const rest = { address: addresses[lane]! + blocks * BLOCK, length: length % BLOCK };
    return md5Of(by.md5Tail(state, rest, length)).toString("hex");
  });
}

function assertMd5s(offsets: readonly number[], length: number): void {
  const expected = offsets.map((offset) => md5Hex(data.subarray(offset, offset + length)));
  assert.deepEqual(md5s(kernels, offsets, length), expected, `${offsets} + ${length}`);
}

function crc64(by: Kernels, runs: readonly { offset: number; length: number }[], register = CRC64_START) {
  return by.crc64(
    register,
    runs.map(({ offset, length }): Run => ({ address: data.byteOffset + offset, length })),
  );
}

function assertCrc64(offset: number, length: number): void {
  const expected = oracleCrc64(data.subarray(offset, offset + length));
  assert.equal(crc64Of(crc64(kernels, [{ offset, length }])).toString(), expected, `${offset} + ${length}`);
}

for (const [name, content] of Object.entries(CONTENTS)) {
  test(`MD5 of one to four messages is right for every length from 0 to 1,100: ${name}`, () => {
    data.set(content);
    for (const length of LENGTHS) {
      for (const offsets of [[0], [0, 2048], [3, 1, 4096], [8192, 5, 0, 2049]]) assertMd5s(offsets, length);
    }
  });

  test(`CRC64 is right for every length from 0 to 1,100: ${name}`, () => {
    data.set(content);
    for (const length of LENGTHS) assertCrc64(0, length);
  });

  test(`CRC64 is right around the length from which on it is thinned: ${name}`, () => {
    data.set(content);
    for (let length = LONG_RUN - 70; length <= LONG_RUN + 130; length++) assertCrc64(0, length);
    for (const length of [200 * KIB, 256 * KIB + 1, 512 * KIB - 1, MIB]) assertCrc64(0, length);
  });
}

test("MD5 and CRC64 are right at every alignment", () => {
  data.set(seededBytes(MIB, 2));
  for (const alignment of ALIGNMENTS) {
    for (const length of EDGES) {
      assertMd5s([alignment], length);
      assertMd5s([alignment, 3000 - alignment, 5000 + 3 * alignment, 9000], length);
      assertCrc64(alignment, length);
    }
    assertCrc64(alignment, LONG_RUN + 77);
  }
});

test("MD5 goes on from any block, in one lane or in several", () => {
  const blocks = 40;
  for (let cut = 0; cut <= blocks; cut++) {
    const begun = kernels.md5([MD5_START, MD5_START], [data.byteOffset, data.byteOffset + 7], cut);
    const [state] = kernels.md5([begun[1]!], [data.byteOffset + 7 + cut * BLOCK], blocks - cut);
    const digest = md5Of(kernels.md5Tail(state!, { address: 0, length: 0 }, blocks * BLOCK));
    assert.equal(digest.toString("hex"), md5Hex(data.subarray(7, 7 + blocks * BLOCK)));
  }
});

test("a length beyond 32 bits is padded as such", () => {
  // No message is that long here: two tails that differ in the upper half of the length only.
  const empty = { address: 0, length: 0 };
  assert.notDeepEqual(
    kernels.md5Tail(MD5_START, empty, 2 ** 32 * 64),
    kernels.md5Tail(MD5_START, empty, 2 ** 33 * 64),
  );
});

test("a long CRC64 is right around its window and what is thinned at a time", () => {
  const window = 1403 * 16;
  const around = [window, 64 * KIB, 64 * KIB + window, 128 * KIB, 128 * KIB + window];
  const blocks = around.map((size) => Math.floor(size / BLOCK));
  for (const count of [0, 1, 2, ...blocks.flatMap((n) => [n - 1, n, n + 1, n + 2])]) {
    const length = count * BLOCK;
    kernels.beginCrc64(0, CRC64_START);
    kernels.feedCrc64(0, { address: data.byteOffset, length });
    const crc = crc64Of(kernels.endCrc64(0)).toString();
    assert.equal(crc, oracleCrc64(data.subarray(0, length)), `${length} bytes`);
  }
});

test("CRC64 of any runs, gone on with at any of them, is that of the bytes", () => {
  data.set(seededBytes(MIB, 4));
  const whole = fc.record({
    offset: fc.integer({ min: 0, max: 512 * KIB }),
    blocks: fc.oneof(fc.integer({ min: 0, max: 40 }), fc.integer({ min: 0, max: 4000 })),
  });
  const calls = fc.array(
    fc.record({ runs: fc.array(whole, { maxLength: 5 }), tail: fc.integer({ min: 0, max: 200 }) }),
    { maxLength: 4 },
  );
  fc.assert(
    fc.property(calls, (all) => {
      let register = CRC64_START;
      const bytes: Uint8Array[] = [];
      for (const { runs, tail } of all) {
        const placed = runs.map(({ offset, blocks }) => ({ offset, length: blocks * BLOCK }));
        placed.push({ offset: 1, length: tail });
        register = crc64(kernels, placed, register);
        bytes.push(...placed.map(({ offset, length }) => data.subarray(offset, offset + length)));
      }
      assert.equal(crc64Of(register).toString(), oracleCrc64(Buffer.concat(bytes)));
    }),
    { numRuns: 100 },
  );
});

test("four long CRC64s, and those of another thread, may be under way at a time", () => {
  data.set(seededBytes(MIB, 5));
  const ways = [kernels, workerKernels].flatMap((by, area) =>
    [0, 1, 2, 3].map((lane) => ({ by, lane, offset: area * 300 * KIB + lane * 777, left: 1800 + lane })),
  );
  const ends = ways.map(({ offset, left }) => oracleCrc64(data.subarray(offset, offset + left * BLOCK)));
  for (const { by, lane } of ways) by.beginCrc64(lane, CRC64_START);
  const fed = ways.map(() => 0);
  for (let turn = 0; fed.some((count, index) => count < ways[index]!.left); turn++) {
    ways.forEach(({ by, lane, offset, left }, index) => {
      const blocks = Math.min(left - fed[index]!, 1 + ((turn * 131 + index * 17) % 900));
      by.feedCrc64(lane, { address: data.byteOffset + offset + fed[index]! * BLOCK, length: blocks * BLOCK });
      fed[index]! += blocks;
    });
    // What else a thread does meanwhile.
    md5s(kernels, [1, 2, 3, 4], 200);
    md5s(workerKernels, [5], 200);
    crc64(workerKernels, [{ offset: 3, length: 999 }]);
  }
  assert.deepEqual(
    ways.map(({ by, lane }) => crc64Of(by.endCrc64(lane)).toString()),
    ends,
  );
});

test("nothing but a thread's own area is written", () => {
  const all = new Uint8Array(memory.memory.buffer);
  const outside = (): string =>
    createHash("sha1").update(all.subarray(0, WORKER_AREA)).update(data).digest("hex");
  const before = outside();
  md5s(workerKernels, [1, 2, 3, 4], 1000);
  for (const length of [1000, MIB]) crc64(workerKernels, [{ offset: 0, length }]);
  for (let lane = 0; lane < 4; lane++) {
    workerKernels.beginCrc64(lane, 0n);
    workerKernels.feedCrc64(lane, { address: data.byteOffset, length: MIB });
    workerKernels.endCrc64(lane);
  }
  assert.equal(outside(), before);
});
