import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { pipeline } from "node:stream/promises";
import type { UploadResult, UploadStreamOptions } from "../../../lib/index.ts";
import { MIB, readableOf, seededBytes } from "../../support/bytes.ts";
import { recordEnding, success } from "../../support/ending.ts";
import { type Case, inBothWays } from "./in-both-ways.ts";

/** Uploads bytes, and compares what the gateway has then, its ETag too. */
async function uploadAndCompare(
  { client, read }: Case,
  bytes: Buffer,
  options: Omit<UploadStreamOptions, "client"> & { readonly key: string },
): Promise<{ readonly result: UploadResult; readonly warnings: string[] }> {
  const upload = client.createUploadStream(options);
  const ending = recordEnding(upload);
  await pipeline(readableOf(bytes, 61_234), upload);
  await success(ending);
  const result = upload.result!;
  const { key } = options;
  assert.ok(bytes.equals((await read(key))!));
  const head = await client.headObject({ key });
  assert.deepEqual([head.size, head.etag], [bytes.byteLength, result.etag]);
  return { result, warnings: ending.warnings.map(({ code }) => code) };
}

/** The gateway's ETag of an object made of parts: the MD5 of their MD5s. */
function etagOf({ parts }: UploadResult): string {
  const all = createHash("md5");
  for (const { md5 } of parts) all.update(md5, "base64");
  return `"${all.digest("hex")}-${parts.length}"`;
}

inBothWays("a stream of unknown length arrives whole, in parts that grow", async (gateway) => {
  const options = { key: `${gateway.prefix}object`, partSize: MIB, maxParts: 20 };
  const { result, warnings } = await uploadAndCompare(gateway, seededBytes(20 * MIB + 3), options);
  assert.deepEqual(
    result.parts.map(({ size }) => size),
    [MIB, MIB, 2 * MIB, 2 * MIB, 4 * MIB, 4 * MIB, 6 * MIB + 3],
  );
  assert.equal(result.etag, etagOf(result));
  assert.deepEqual(warnings, ["ERR_COS_UNVERIFIED"]);
});

inBothWays("a hundred parts of known length, sixteen at a time, arrive whole", async (gateway) => {
  const size = 100 * MIB - 1;
  const options = { key: `${gateway.prefix}object`, partSize: MIB, expectedSize: size, concurrency: 16 };
  const { result } = await uploadAndCompare(gateway, seededBytes(size), options);
  assert.equal(result.parts.length, 100);
  assert.equal(result.etag, etagOf(result));
});

inBothWays("what cannot be verified is told by a warning that says so", async ({ client, prefix }) => {
  const upload = client.createUploadStream({ key: `${prefix}object` });
  const ending = recordEnding(upload);
  upload.end("content");
  await success(ending);
  const [warning, ...more] = ending.warnings;
  assert.deepEqual([warning?.code, warning?.uploadId, more], ["ERR_COS_UNVERIFIED", upload.uploadId, []]);
  assert.match(warning!.message, /does not give the CRC64/);
});

inBothWays(
  "a stream that fits one part goes as one Put Object, and is verified by its ETag",
  async (gateway) => {
    const bytes = seededBytes(MIB - 1);
    const options = { key: `${gateway.prefix}object`, partSize: MIB, singlePut: true };
    const { result, warnings } = await uploadAndCompare(gateway, bytes, options);
    assert.deepEqual([result.uploadId, warnings], [undefined, []]);
    assert.equal(result.etag, `"${createHash("md5").update(bytes).digest("hex")}"`);
  },
);

inBothWays("an empty stream makes an empty object", async (gateway) => {
  const options = { key: `${gateway.prefix}object` };
  const { result, warnings } = await uploadAndCompare(gateway, Buffer.alloc(0), options);
  assert.deepEqual([result.size, result.parts, warnings], [0, [], []]);
});

inBothWays("streams of one client do not mix", async (gateway) => {
  const streams = Array.from({ length: 5 }, (_, index) =>
    uploadAndCompare(gateway, seededBytes(3 * MIB + index, index), {
      key: `${gateway.prefix}${index}`,
      partSize: MIB,
    }),
  );
  for (const { result } of await Promise.all(streams)) assert.equal(result.etag, etagOf(result));
});

inBothWays("two streams fill one upload, which is completed then", async ({ client, prefix, read }) => {
  const bytes = seededBytes(3 * MIB + 7);
  const key = `${prefix}object`;
  const { uploadId } = await client.initiateMultipartUpload({ key });
  const first = client.createUploadStream({ key, uploadId, partSize: MIB });
  await pipeline(readableOf(bytes.subarray(0, 2 * MIB)), first);
  const second = client.createUploadStream({ key, uploadId, partSize: MIB, firstPartNumber: 3 });
  await pipeline(readableOf(bytes.subarray(2 * MIB)), second);
  assert.equal(await read(key), undefined);
  await client.completeMultipartUpload({ key, uploadId, parts: [...first.parts, ...second.parts] });
  assert.ok(bytes.equals((await read(key))!));
});

inBothWays(
  "an upload replaces the object that was there, at once and as a whole",
  async ({ client, prefix, read }) => {
    const key = `${prefix}object`;
    const [before, after] = [seededBytes(MIB + 1, 1), seededBytes(2 * MIB, 2)];
    await client.putObject({ key, body: before });
    const upload = client.createUploadStream({ key, partSize: MIB });
    upload.write(after);
    await new Promise((resolve) => upload.once("part", resolve));
    assert.ok(before.equals((await read(key))!));
    upload.end();
    await upload.done;
    assert.ok(after.equals((await read(key))!));
  },
);
