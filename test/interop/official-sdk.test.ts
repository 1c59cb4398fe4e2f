import assert from "node:assert/strict";
import { pipeline } from "node:stream/promises";
import { test } from "node:test";
import type COS from "cos-nodejs-sdk-v5";
import { crc64 } from "../../lib/digest/crc64.ts";
import type { UploadStreamOptions } from "../../lib/index.ts";
import { MIB, readableOf, seededBytes } from "../support/bytes.ts";
import { useClient } from "../support/client.ts";
import { digestOf, storedDigest, useEmulator } from "../support/emulator.ts";
import { officialSdk } from "../support/official-sdk.ts";

const CUSTOMER_KEY = Buffer.from("0123456789ABCDEF0123456789ABCDEF");
const SSE_C_HEADERS = {
  "x-cos-server-side-encryption-customer-algorithm": "AES256",
  "x-cos-server-side-encryption-customer-key": "MDEyMzQ1Njc4OUFCQ0RFRjAxMjM0NTY3ODlBQkNERUY=",
  "x-cos-server-side-encryption-customer-key-MD5": "U5L61r7jcwdNvT7frmUG8g==",
};

const WAYS: Readonly<
  Record<string, { size: number; options: Partial<UploadStreamOptions>; headers?: object }>
> = {
  "in parts": { size: 2 * MIB + 3, options: { partSize: MIB } },
  "as one Put Object": { size: 1000, options: { singlePut: true } },
  "as an empty object": { size: 0, options: {} },
  "under SSE-COS": { size: MIB + 1, options: { partSize: MIB, serverSideEncryption: { type: "SSE-COS" } } },
  "under SSE-KMS": {
    size: MIB + 1,
    options: { partSize: MIB, serverSideEncryption: { type: "SSE-KMS", keyId: "id", context: { a: "b" } } },
  },
  "under SSE-C": {
    size: MIB + 1,
    options: { partSize: MIB, serverSideEncryption: { type: "SSE-C", key: CUSTOMER_KEY } },
    headers: SSE_C_HEADERS,
  },
};

for (const [way, { size, options, headers = {} }] of Object.entries(WAYS)) {
  test(`the SDK reads what a stream stored ${way}`, async (t) => {
    const emulator = await useEmulator(t);
    const { cos, place } = officialSdk(emulator);
    const bytes = seededBytes(size);
    const upload = useClient(t, emulator.target).createUploadStream({ key: "dir/k", ...options });
    await pipeline(readableOf(bytes), upload);
    const at = { ...place, Key: "dir/k", Headers: headers };
    const head = await cos.headObject(at as COS.HeadObjectParams);
    const { Body } = await cos.getObject(at as COS.GetObjectParams);
    assert.ok(Buffer.from(Body).equals(bytes));
    assert.equal(head.headers?.["content-length"], String(size));
    assert.equal(head.headers?.["x-cos-hash-crc64ecma"], upload.result!.crc64);
    assert.equal(head.ETag, upload.result!.etag);
  });
}

test("the SDK sees every attribute that a stream stored with the object", async (t) => {
  const emulator = await useEmulator(t);
  const { cos, place } = officialSdk(emulator);
  const expires = new Date("2030-01-02T03:04:05Z");
  const attributes = {
    contentType: "text/plain; charset=utf-8",
    cacheControl: "max-age=60",
    contentDisposition: "attachment; filename*=UTF-8''a%20b.txt",
    contentEncoding: "gzip",
    contentLanguage: "ko",
    expires,
    storageClass: "STANDARD_IA",
    metadata: { Owner: "te am+1", "a-b": "c=d&e" },
  };
  const upload = useClient(t, emulator.target).createUploadStream({ key: "k", ...attributes });
  await pipeline(readableOf(seededBytes(10)), upload);
  const { headers } = await cos.headObject({ ...place, Key: "k" });
  assert.deepEqual(
    {
      contentType: headers?.["content-type"],
      cacheControl: headers?.["cache-control"],
      contentDisposition: headers?.["content-disposition"],
      contentEncoding: headers?.["content-encoding"],
      contentLanguage: headers?.["content-language"],
      expires: new Date(headers?.expires),
      storageClass: headers?.["x-cos-storage-class"],
      metadata: { Owner: headers?.["x-cos-meta-owner"], "a-b": headers?.["x-cos-meta-a-b"] },
    },
    attributes,
  );
});

test("this library sees what the SDK stored, with its metadata", async (t) => {
  const emulator = await useEmulator(t);
  const { cos, place } = officialSdk(emulator);
  const client = useClient(t, emulator.target);
  const body = seededBytes(1234);
  const headers = { "x-cos-meta-name": "value", "Content-Type": "image/x" };
  const put = await cos.putObject({
    ...place,
    Key: "a b/名",
    Body: body,
    Headers: headers,
  } as COS.PutObjectParams);
  const head = await client.headObject({ key: "a b/名" });
  assert.deepEqual([head.size, head.etag, head.crc64], [1234, put.ETag, crc64(body)]);
  assert.deepEqual([head.contentType, head.metadata], ["image/x", { name: "value" }]);
});

test("this library lists and completes an upload that the SDK began and filled", async (t) => {
  const emulator = await useEmulator(t);
  const { cos, place } = officialSdk(emulator);
  const client = useClient(t, emulator.target);
  const bytes = seededBytes(MIB + 9);
  const at = { ...place, Key: "k" };
  const { UploadId: uploadId } = await cos.multipartInit(at);
  for (const [index, Body] of [bytes.subarray(0, MIB), bytes.subarray(MIB)].entries()) {
    await cos.multipartUpload({ ...at, UploadId: uploadId, PartNumber: index + 1, Body });
  }
  const uploads = [];
  for await (const upload of client.listMultipartUploads()) uploads.push([upload.key, upload.uploadId]);
  const parts = [];
  for await (const part of client.listParts({ key: "k", uploadId })) parts.push(part);
  assert.deepEqual(uploads, [["k", uploadId]]);
  assert.deepEqual(
    parts.map(({ size }) => size),
    [MIB, 9],
  );
  const done = await client.completeMultipartUpload({ key: "k", uploadId, parts });
  assert.equal(done.crc64, crc64(bytes));
  assert.equal(await storedDigest(emulator, "k"), digestOf(bytes));
});

test("the SDK completes an upload that it began and our streams filled, one after another", async (t) => {
  const emulator = await useEmulator(t);
  const { cos, place } = officialSdk(emulator);
  const client = useClient(t, emulator.target);
  const bytes = seededBytes(5 * MIB + 1);
  const at = { ...place, Key: "k" };
  const { UploadId: uploadId } = await cos.multipartInit(at);
  const options = { key: "k", uploadId, partSize: MIB };
  const first = client.createUploadStream(options);
  await pipeline(readableOf(bytes.subarray(0, 2 * MIB)), first);
  const second = client.createUploadStream({ ...options, firstPartNumber: 3 });
  await pipeline(readableOf(bytes.subarray(2 * MIB)), second);
  assert.deepEqual([first.result?.completed, second.result?.completed], [false, false]);
  const parts = [...first.parts, ...second.parts];
  assert.deepEqual(
    parts.map(({ partNumber }) => partNumber),
    [1, 2, 3, 4, 5, 6],
  );
  const Parts = parts.map(({ partNumber: PartNumber, etag: ETag }) => ({ PartNumber, ETag }));
  const listed = await cos.multipartListPart({ ...at, UploadId: uploadId });
  assert.deepEqual(
    listed.Part.map(({ ETag }) => ETag),
    parts.map(({ etag }) => etag),
  );
  await cos.multipartComplete({ ...at, UploadId: uploadId, Parts });
  const { Body } = await cos.getObject(at);
  assert.ok(Buffer.from(Body).equals(bytes));
});

test("the SDK sees and aborts an upload that this library began", async (t) => {
  const emulator = await useEmulator(t);
  const { cos, place } = officialSdk(emulator);
  const client = useClient(t, emulator.target);
  const { uploadId } = await client.initiateMultipartUpload({ key: "k" });
  const listed = await cos.multipartList({ ...place, Prefix: "k" } as COS.MultipartListParams);
  assert.equal((listed as COS.MultipartListResult).Upload[0]?.UploadId, uploadId);
  await cos.multipartAbort({ ...place, Key: "k", UploadId: uploadId });
  const parts = client.listParts({ key: "k", uploadId }).next();
  await assert.rejects(parts, { code: "NoSuchUpload" });
});

test("both name the same bytes the same way: a part's ETag and an object's", async (t) => {
  const emulator = await useEmulator(t, { orphans: 1 });
  const { cos, place } = officialSdk(emulator);
  const client = useClient(t, emulator.target);
  const body = seededBytes(100);
  const { uploadId } = await client.initiateMultipartUpload({ key: "k" });
  const ours = await client.uploadPart({ key: "k", uploadId, partNumber: 1, body });
  const part = { ...place, Key: "k", UploadId: uploadId, PartNumber: 2, Body: body };
  const theirs = await cos.multipartUpload(part);
  assert.equal(ours.etag, theirs.ETag);
  assert.equal((await client.putObject({ key: "o", body })).etag, ours.etag);
});
