import assert from "node:assert/strict";
import { once } from "node:events";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { test } from "node:test";
import { setImmediate } from "node:timers/promises";
import { type Part, PartTransform, type PartTransformOptions, type UploadPartResult } from "../lib/index.ts";
import { KIB, MIB, readableOf, seededBytes } from "./support/bytes.ts";
import { useClient } from "./support/client.ts";
import { digestOf, storedDigest, useEmulator } from "./support/emulator.ts";

async function partsOf(bytes: Uint8Array, options: PartTransformOptions): Promise<Part[]> {
  const collected: Part[] = [];
  await pipeline(readableOf(bytes), new PartTransform(options), async (parts: AsyncIterable<Part>) => {
    for await (const part of parts) collected.push(part);
  });
  return collected;
}

test("parts that a pipeline sends itself become the same object", async (t) => {
  const emulator = await useEmulator(t);
  const client = useClient(t, emulator.target);
  const bytes = seededBytes(3 * MIB + 17);
  const { uploadId } = await client.initiateMultipartUpload({ key: "k" });
  const receipts: UploadPartResult[] = [];
  await pipeline(
    readableOf(bytes),
    new PartTransform({ partSize: MIB }),
    async (parts: AsyncIterable<Part>) => {
      for await (const part of parts) receipts.push(await client.uploadPart({ key: "k", uploadId, ...part }));
    },
  );
  await client.completeMultipartUpload({ key: "k", uploadId, parts: receipts });
  assert.deepEqual(
    receipts.map(({ size }) => size),
    [MIB, MIB, MIB, 17],
  );
  assert.equal(await storedDigest(emulator, "k"), digestOf(bytes));
});

test("the parts and digests are those that an upload stream confirms", async (t) => {
  const emulator = await useEmulator(t);
  const client = useClient(t, emulator.target);
  const bytes = seededBytes(5 * MIB + 1);
  const options = { partSize: MIB + 3, maxParts: 12 };
  const upload = client.createUploadStream({ key: "k", ...options });
  await pipeline(readableOf(bytes), upload);
  const pick = ({ partNumber, offset, size, md5, crc64 }: Omit<Part, "body">) => ({
    partNumber,
    offset,
    size,
    md5,
    crc64,
  });
  assert.deepEqual((await partsOf(bytes, options)).map(pick), upload.result!.parts.map(pick));
});

test("an empty stream has no parts", async () => {
  assert.deepEqual(await partsOf(Buffer.alloc(0), {}), []);
  assert.deepEqual(await partsOf(Buffer.alloc(0), { expectedSize: 0 }), []);
});

test("strings are their bytes", async () => {
  const transform = new PartTransform();
  transform.end("é");
  const [part] = await once(transform, "data");
  assert.deepEqual(Buffer.concat(part.body), Buffer.from("é"));
});

test("a part's bytes are the receiver's: later parts do not touch them", async () => {
  const bytes = seededBytes(4 * MIB);
  const parts = await partsOf(bytes, { partSize: MIB });
  assert.ok(Buffer.concat(parts.flatMap(({ body }) => body)).equals(bytes));
  assert.equal(new Set(parts.flatMap(({ body }) => body.map(({ buffer }) => buffer))).size, 4);
});

for (const [what, size] of Object.entries({ longer: MIB + 1, shorter: MIB - 1, empty: 0 })) {
  test(`a stream that is ${what} than the expected size is an error, and its last part does not come out`, async () => {
    const parts: Part[] = [];
    const transform = new PartTransform({ partSize: MIB, expectedSize: MIB });
    transform.on("data", (part) => parts.push(part));
    const ended = pipeline(readableOf(seededBytes(size)), transform);
    await assert.rejects(ended, { code: "ERR_COS_INTEGRITY", expected: String(MIB) });
    assert.ok(parts.length <= (size > MIB ? 1 : 0));
  });
}

test("a stream of exactly the expected size is cut by its plan", async () => {
  const parts = await partsOf(seededBytes(5 * MIB), { partSize: MIB, maxParts: 2, expectedSize: 5 * MIB });
  assert.deepEqual(
    parts.map(({ size }) => size),
    [3 * MIB, 2 * MIB],
  );
});

test("a stream beyond the plan is an error", async () => {
  const parts = partsOf(seededBytes(MIB + 1), { partSize: MIB, maxParts: 1 });
  await assert.rejects(parts, { code: "ERR_COS_TOO_LARGE" });
});

test("while nobody reads, the source is held back after about two parts", async (t) => {
  let produced = 0;
  const source = new Readable({
    highWaterMark: 64 * KIB,
    read() {
      produced += 64 * KIB;
      this.push(Buffer.alloc(64 * KIB));
    },
  });
  const transform = new PartTransform({ partSize: MIB });
  t.after(() => source.destroy());
  source.pipe(transform);
  for (let turn = 0; turn < 200; turn++) await setImmediate();
  assert.ok(produced >= MIB && produced <= 2 * MIB, `${produced} bytes were taken`);
  assert.equal(transform.readableLength, 1);
  transform.destroy();
});

test("a chunk of many parts is cut as its parts are read, not all at once", async () => {
  const transform = new PartTransform({ partSize: MIB });
  const bytes = seededBytes(8 * MIB + 1);
  transform.end(bytes);
  const sizes: number[] = [];
  for (let turn = 0; turn < 20; turn++) await setImmediate();
  assert.equal(transform.readableLength, 1);
  for await (const part of transform as AsyncIterable<Part>) {
    sizes.push(part.size);
    assert.ok(transform.readableLength <= 1);
  }
  assert.deepEqual(sizes, [...Array(8).fill(MIB), 1]);
});

test("a source that fails ends the pipeline, and no last part comes out", async () => {
  const source = Readable.from(
    (async function* () {
      yield seededBytes(MIB + 5);
      throw new Error("broken source");
    })(),
    { objectMode: false },
  );
  const parts: Part[] = [];
  const ended = pipeline(source, new PartTransform({ partSize: MIB }), async (from: AsyncIterable<Part>) => {
    for await (const part of from) parts.push(part);
  });
  await assert.rejects(ended, /broken source/);
  assert.ok(parts.every(({ size }) => size === MIB));
});
