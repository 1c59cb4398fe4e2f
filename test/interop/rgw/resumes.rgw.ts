import assert from "node:assert/strict";
import type { CosClient, PartReceipt, UploadStreamOptions } from "../../../lib/index.ts";
import { MIB, seededBytes } from "../../support/bytes.ts";
import { recordEnding, success } from "../../support/ending.ts";
import { inBothWays } from "./in-both-ways.ts";

const SIZE = 5 * MIB + 77;
const bytes = seededBytes(SIZE);

/** Leaves an upload with its first two parts, as a process that was killed does; its id. */
async function interrupt(client: CosClient, key: string): Promise<string> {
  const upload = client.createUploadStream({ key, partSize: MIB, leavePartsOnError: true });
  const ending = recordEnding(upload);
  upload.write(bytes.subarray(0, 2 * MIB));
  while (upload.parts.length < 2) await new Promise((resolve) => upload.once("part", resolve));
  upload.destroy();
  await ending.closed;
  return upload.uploadId!;
}

/** Uploads a whole stream with `resume`; its parts. */
async function uploadAgain(
  client: CosClient,
  content: Uint8Array,
  options: Pick<UploadStreamOptions, "key" | "resume" | "partSize">,
): Promise<{ readonly uploadId: string | undefined; readonly parts: readonly PartReceipt[] }> {
  const upload = client.createUploadStream(options);
  const ending = recordEnding(upload);
  upload.end(content);
  await success(ending);
  return upload;
}

const skippedOf = (parts: readonly PartReceipt[]): number[] =>
  parts.filter(({ skipped }) => skipped).map(({ partNumber }) => partNumber);

for (const how of ["latest", "uploadId"] as const) {
  inBothWays(`an upload resumed by ${how} sends what is missing`, async ({ client, prefix, read }) => {
    const key = `${prefix}object`;
    const uploadId = await interrupt(client, key);
    const resume = how === "latest" ? "latest" : { uploadId };
    const again = await uploadAgain(client, bytes, { key, resume, partSize: MIB });
    assert.deepEqual([again.uploadId, skippedOf(again.parts)], [uploadId, [1, 2]]);
    assert.ok(bytes.equals((await read(key))!));
  });
}

inBothWays("a resumed upload is cut as its earlier run was", async ({ client, prefix, read }) => {
  const key = `${prefix}object`;
  await interrupt(client, key);
  const { parts } = await uploadAgain(client, bytes, { key, resume: "latest", partSize: 2 * MIB });
  assert.deepEqual(skippedOf(parts), [1, 2]);
  assert.ok(bytes.equals((await read(key))!));
});

inBothWays("a resumed upload whose source has changed sends the parts that differ", async (gateway) => {
  const { client, prefix, read } = gateway;
  const key = `${prefix}object`;
  await interrupt(client, key);
  const changed = Buffer.from(bytes);
  changed[0]! ^= 1;
  const { parts } = await uploadAgain(client, changed, { key, resume: "latest", partSize: MIB });
  assert.deepEqual(skippedOf(parts), [2]);
  assert.ok(changed.equals((await read(key))!));
});

inBothWays("an upload to be resumed that is gone is said to be, and latest begins anew", async (gateway) => {
  const { client, prefix, read } = gateway;
  const key = `${prefix}object`;
  const uploadId = await interrupt(client, key);
  await client.abortMultipartUpload({ key, uploadId });
  const named = client.createUploadStream({ key, resume: { uploadId } });
  const ending = recordEnding(named);
  named.end(bytes);
  await ending.closed;
  assert.equal(ending.errors[0]?.code, "NoSuchUpload");
  assert.equal(await read(key), undefined);
  const again = await uploadAgain(client, bytes, { key, resume: "latest", partSize: MIB });
  assert.deepEqual(skippedOf(again.parts), []);
  assert.ok(bytes.equals((await read(key))!));
});

inBothWays(
  "latest is an upload of exactly this key",
  async ({ client, prefix, read, uploads }) => {
    const others = [await interrupt(client, `${prefix}object2`), await interrupt(client, `${prefix}obj`)];
    const key = `${prefix}object`;
    const { parts } = await uploadAgain(client, bytes, { key, resume: "latest", partSize: MIB });
    assert.deepEqual(skippedOf(parts), []);
    assert.ok(bytes.equals((await read(key))!));
    assert.deepEqual((await uploads()).sort(), others.sort());
  },
  { orphans: 2 },
);
