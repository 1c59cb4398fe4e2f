import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import fc from "fast-check";
import { CosClient, type CosClientOptions, type UploadStreamOptions } from "../../lib/index.ts";
import { SLAB_SIZE, Slabs } from "../../lib/memory/slabs.ts";
import { KIB, MIB, seededBytes } from "../support/bytes.ts";
import { storedDigest, useEmulator } from "../support/emulator.ts";
import { runs } from "../support/property.ts";
import { digestOf } from "../support/stored.ts";

interface HeldSlabs {
  now: number;
  most: number;
}

/** Counts the slabs that are out, of all clients of this file. */
function countSlabs(t: TestContext): HeldSlabs {
  const held = { now: 0, most: 0 };
  const { allocate, free } = Slabs.prototype;
  t.mock.method(Slabs.prototype, "allocate", function (this: Slabs, after?: Uint8Array) {
    const slab = allocate.call(this, after);
    held.now += 1;
    held.most = Math.max(held.most, held.now);
    return slab;
  });
  t.mock.method(Slabs.prototype, "free", function (this: Slabs, slab: Uint8Array) {
    free.call(this, slab);
    held.now -= 1;
  });
  return held;
}

/** Sizes of parts that fill no whole slabs, and some that do. */
const partSizes = fc.oneof(
  fc.constantFrom(MIB, MIB + 1, MIB + 64, 1_048_583, 1_310_719, 2 * MIB - 1, 5 * SLAB_SIZE + 1),
  fc.integer({ min: MIB, max: 3 * MIB }),
);

const cases = fc
  .record({
    partSize: partSizes,
    more: fc.oneof(fc.nat(SLAB_SIZE), fc.nat(6 * MIB)),
    concurrency: fc.integer({ min: 1, max: 6 }),
    sizes: fc.array(fc.integer({ min: 0, max: 5 * MIB }), { minLength: 1, maxLength: 3 }),
    maxParts: fc.constantFrom(20, 40, 10_000),
    isLengthKnown: fc.boolean(),
  })
  .map(({ more, ...rest }) => ({ ...rest, memory: Math.ceil(rest.partSize / SLAB_SIZE) * SLAB_SIZE + more }));

test("the slabs that are held are never more than `memory`, whatever the sizes of parts", async (t) => {
  const held = countSlabs(t);
  const emulator = await useEmulator(t);
  emulator.faults.add({
    operation: "UploadPart",
    times: Number.MAX_SAFE_INTEGER,
    fault: { kind: "latency", milliseconds: 5 },
  });
  let key = 0;
  await fc.assert(
    fc.asyncProperty(cases, async ({ memory, sizes, isLengthKnown, ...options }) => {
      held.most = held.now;
      assert.equal(held.now, 0);
      const client = new CosClient({ ...emulator.target, memory });
      const done = sizes.map(async (size, seed) => {
        const bytes = seededBytes(size, seed);
        const name = `${key++}`;
        const expected = isLengthKnown ? { expectedSize: size } : {};
        const stream = client.createUploadStream({ ...options, ...expected, key: name });
        stream.on("part", () => assert.equal(client.stats().memoryHeld, held.now * SLAB_SIZE));
        for (let at = 0; at < size; at += 300 * KIB) stream.write(bytes.subarray(at, at + 300 * KIB));
        stream.end();
        await stream.done;
        assert.deepEqual(await storedDigest(emulator, name), digestOf(bytes));
      });
      await Promise.all(done);
      assert.deepEqual([client.stats().memoryHeld, held.now], [0, 0]);
      await client.close();
      assert.ok(held.most * SLAB_SIZE <= memory, `${held.most * SLAB_SIZE} bytes of slabs of ${memory}`);
    }),
    runs(25),
  );
});

test("40 MiB of memory are at most 40 MiB of slabs with parts of 1 MiB and 64 bytes", async (t) => {
  const held = countSlabs(t);
  const emulator = await useEmulator(t);
  const [memory, partSize] = [40 * MIB, MIB + 64];
  const rule = emulator.faults.add({
    operation: "UploadPart",
    times: Number.MAX_SAFE_INTEGER,
    fault: { kind: "stall", where: "request" },
  });
  const client = new CosClient({ ...emulator.target, memory });
  const stream = client.createUploadStream({ key: "k", partSize, concurrency: 64 });
  stream.end(seededBytes(60 * MIB));
  while (client.stats().streamsWaitingForMemory === 0) await new Promise((resolve) => setImmediate(resolve));
  assert.equal(client.stats().memoryHeld, held.now * SLAB_SIZE);
  assert.ok(held.most * SLAB_SIZE <= memory, `${held.most * SLAB_SIZE} bytes of slabs`);
  rule.remove();
  await stream.done;
  await client.close();
});

test("parts that an earlier run cut to odd sizes are resumed within `memory`", async (t) => {
  const held = countSlabs(t);
  const emulator = await useEmulator(t);
  const bytes = seededBytes(8 * MIB);
  for (const partSize of [MIB + 64, 1_048_583, 2 * MIB - 1]) {
    const key = `${partSize}`;
    const first = new CosClient({ ...emulator.target });
    const { uploadId } = await first.initiateMultipartUpload({ key });
    for (const partNumber of [1, 2]) {
      const body = bytes.subarray((partNumber - 1) * partSize, partNumber * partSize);
      await first.uploadPart({ key, uploadId, partNumber, body });
    }
    await first.close();
    held.most = 0;
    const memory = 2 * MIB + 100;
    const client = new CosClient({ ...emulator.target, memory });
    const stream = client.createUploadStream({ key, partSize: MIB, resume: { uploadId } });
    stream.end(bytes);
    const { parts } = await stream.done;
    assert.deepEqual(
      parts.slice(0, 3).map(({ size, skipped }) => [size, skipped]),
      [
        [partSize, true],
        [partSize, true],
        [partSize, false],
      ],
    );
    await client.close();
    assert.ok(held.most * SLAB_SIZE <= memory, `${held.most * SLAB_SIZE} bytes of slabs`);
  }
});

type Sizes = Pick<UploadStreamOptions & CosClientOptions, "partSize" | "memory" | "concurrency">;

/** A part that fits `memory` by its bytes, and not by its slabs, could never be filled. */
const refused: Readonly<Record<string, Sizes>> = {
  "a part of all the memory there is, which is no whole slabs": { partSize: MIB + 64, memory: MIB + 64 },
  "a part one byte beyond the whole slabs of the memory": { partSize: MIB + 1, memory: MIB + SLAB_SIZE - 1 },
  "a part larger than the memory": { partSize: 2 * MIB, memory: MIB },
  "the same with one part at a time": { partSize: 2 * MIB - 1, memory: 2 * MIB - 1, concurrency: 1 },
};

for (const [what, { memory, ...options }] of Object.entries(refused)) {
  test(`${what} is refused at once, by its rule`, async (t) => {
    const emulator = await useEmulator(t);
    const client = new CosClient({ ...emulator.target, ...(memory !== undefined && { memory }) });
    t.after(() => client.close());
    const needed = Math.ceil(options.partSize! / SLAB_SIZE) * SLAB_SIZE;
    assert.throws(() => client.createUploadStream({ key: "k", ...options }), {
      code: "ERR_COS_INVALID_OPTION",
      message: new RegExp(`partSize.*slabs of 262144 bytes.*${needed}.*${options.partSize}`),
    });
  });
}

test("an upload that resumes parts which fit the memory by their bytes only is refused, and not begun", async (t) => {
  const emulator = await useEmulator(t, { orphans: 1 });
  const client = new CosClient({ ...emulator.target, memory: MIB + SLAB_SIZE - 1 });
  t.after(() => client.close());
  const { uploadId } = await client.initiateMultipartUpload({ key: "k" });
  for (const partNumber of [1, 2]) {
    await client.uploadPart({ key: "k", uploadId, partNumber, body: seededBytes(MIB + 1) });
  }
  const stream = client.createUploadStream({ key: "k", resume: { uploadId } });
  stream.end(seededBytes(3 * MIB));
  await assert.rejects(stream.done, { code: "ERR_COS_RESUME", message: /1048577/ });
});
