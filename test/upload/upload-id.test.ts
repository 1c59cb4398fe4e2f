import assert from "node:assert/strict";
import { pipeline } from "node:stream/promises";
import { describe, test } from "node:test";
import { CosClient } from "../../lib/index.ts";
import { MIB, readableOf, seededBytes } from "../support/bytes.ts";
import { digestOf, operations, storedDigest, useEmulator } from "../support/emulator.ts";
import { count, failure, recordEnding, success } from "../support/ending.ts";

/** `uploadId`: parts for an upload that is somebody else's to begin and to end. */
const P = MIB;
const key = "object";

describe("With uploadId", () => {
  test("parts go into that upload, and nothing else is asked", async (t) => {
    const emulator = await useEmulator(t, { orphans: 1 });
    await using client = new CosClient(emulator.target);
    const { uploadId } = await client.initiateMultipartUpload({ key });
    const upload = client.createUploadStream({ key, uploadId, partSize: P });
    const ending = recordEnding(upload);
    let initiated = false;
    upload.on("initiate", () => {
      initiated = true;
    });
    upload.end(seededBytes(2 * P + 3));
    await success(ending);
    assert.deepEqual([upload.uploadId, upload.result?.uploadId], [uploadId, uploadId]);
    assert.deepEqual([upload.result?.completed, upload.result?.etag], [false, ""]);
    assert.equal(initiated, false);
    const asked = operations(emulator);
    assert.deepEqual(asked, ["InitiateMultipartUpload", "UploadPart", "UploadPart", "UploadPart"]);
    const [stored] = emulator.uploads();
    assert.deepEqual(
      stored?.parts.map(({ partNumber, size, etag, crc64 }) => [partNumber, size, `"${etag}"`, crc64]),
      upload.parts.map(({ partNumber, size, etag, crc64 }) => [partNumber, size, etag, crc64]),
    );
  });

  test("firstPartNumber places them, so that two streams make one object", async (t) => {
    const emulator = await useEmulator(t);
    await using client = new CosClient(emulator.target);
    const { uploadId } = await client.initiateMultipartUpload({ key });
    const [head, tail] = [seededBytes(2 * P, 1), seededBytes(P + 5, 2)];
    const first = client.createUploadStream({ key, uploadId, partSize: P });
    const second = client.createUploadStream({ key, uploadId, partSize: P, firstPartNumber: 3 });
    await Promise.all([pipeline(readableOf(tail), second), pipeline(readableOf(head), first)]);
    assert.deepEqual(
      second.parts.map(({ partNumber, offset }) => [partNumber, offset]),
      [
        [3, 0],
        [4, P],
      ],
    );
    const parts = [...first.parts, ...second.parts];
    await client.completeMultipartUpload({ key, uploadId, parts });
    assert.equal(await storedDigest(emulator, key), digestOf(Buffer.concat([head, tail])));
  });

  test("complete: true completes it", async (t) => {
    const emulator = await useEmulator(t);
    await using client = new CosClient(emulator.target);
    const { uploadId } = await client.initiateMultipartUpload({ key });
    const bytes = seededBytes(P + 1);
    const upload = client.createUploadStream({ key, uploadId, complete: true, partSize: P });
    await pipeline(readableOf(bytes), upload);
    assert.equal(upload.result?.completed, true);
    assert.equal(await storedDigest(emulator, key), digestOf(bytes));
  });

  test("a failure leaves it and its parts as they are", async (t) => {
    const emulator = await useEmulator(t, { orphans: 1 });
    await using client = new CosClient(emulator.target);
    const { uploadId } = await client.initiateMultipartUpload({ key });
    emulator.faults.add({ partNumber: 2, fault: { kind: "error", statusCode: 403, code: "AccessDenied" } });
    const upload = client.createUploadStream({ key, uploadId, partSize: P, concurrency: 1 });
    const ending = recordEnding(upload);
    upload.end(seededBytes(3 * P));
    const error = await failure(ending);
    assert.deepEqual([error.code, error.uploadId], ["AccessDenied", uploadId]);
    assert.equal(count(emulator, "AbortMultipartUpload"), 0);
    assert.equal(emulator.uploads()[0]?.parts.length, 1);
  });

  test("a failure aborts it where leavePartsOnError: false says so", async (t) => {
    const emulator = await useEmulator(t);
    await using client = new CosClient(emulator.target);
    const { uploadId } = await client.initiateMultipartUpload({ key });
    const upload = client.createUploadStream({ key, uploadId, leavePartsOnError: false });
    const ending = recordEnding(upload);
    upload.write("x");
    upload.destroy();
    await ending.closed;
    assert.deepEqual(emulator.uploads(), []);
  });

  test("an upload that does not exist fails with COS's NoSuchUpload", async (t) => {
    const emulator = await useEmulator(t);
    await using client = new CosClient(emulator.target);
    const upload = client.createUploadStream({ key, uploadId: "1700000000nosuch", partSize: P });
    const ending = recordEnding(upload);
    upload.end(seededBytes(P));
    assert.equal((await failure(ending)).code, "NoSuchUpload");
  });

  test("an empty stream adds no parts", async (t) => {
    const emulator = await useEmulator(t, { orphans: 1 });
    await using client = new CosClient(emulator.target);
    const { uploadId } = await client.initiateMultipartUpload({ key });
    const upload = client.createUploadStream({ key, uploadId });
    const ending = recordEnding(upload);
    upload.end();
    await success(ending);
    assert.deepEqual([upload.result?.size, upload.result?.parts, upload.result?.crc64], [0, [], "0"]);
    assert.deepEqual(operations(emulator), ["InitiateMultipartUpload"]);
  });

  test("an empty stream cannot complete it: ERR_COS_EMPTY, and no Complete (tus/tus-node-server#824)", async (t) => {
    const emulator = await useEmulator(t, { orphans: 1 });
    await using client = new CosClient(emulator.target);
    const { uploadId } = await client.initiateMultipartUpload({ key });
    const upload = client.createUploadStream({ key, uploadId, complete: true });
    const ending = recordEnding(upload);
    upload.end();
    const error = await failure(ending);
    assert.deepEqual([error.code, error.uploadId], ["ERR_COS_EMPTY", uploadId]);
    assert.deepEqual(operations(emulator), ["InitiateMultipartUpload"]);
  });
});

describe("With complete: false", () => {
  test("an upload stays open, and client.completeMultipartUpload finishes it", async (t) => {
    const emulator = await useEmulator(t);
    await using client = new CosClient(emulator.target);
    const bytes = seededBytes(2 * P + 1);
    const upload = client.createUploadStream({ key, complete: false, partSize: P });
    await pipeline(readableOf(bytes), upload);
    const { uploadId, parts, completed, crc64 } = upload.result!;
    assert.equal(completed, false);
    assert.equal(emulator.object(key), undefined);
    const made = await client.completeMultipartUpload({ key, uploadId: uploadId!, parts });
    assert.equal(made.crc64, crc64);
    assert.equal(await storedDigest(emulator, key), digestOf(bytes));
  });

  test("a failure aborts it all the same: it was this stream's", async (t) => {
    const emulator = await useEmulator(t);
    await using client = new CosClient(emulator.target);
    const upload = client.createUploadStream({ key, complete: false, partSize: P });
    const ending = recordEnding(upload);
    upload.write(seededBytes(P));
    upload.once("part", () => upload.destroy());
    await ending.closed;
    assert.deepEqual(emulator.uploads(), []);
  });

  test("an empty stream leaves an upload without parts open", async (t) => {
    const emulator = await useEmulator(t, { orphans: 1 });
    await using client = new CosClient(emulator.target);
    const upload = client.createUploadStream({ key, complete: false });
    upload.end();
    const { uploadId } = await upload.done;
    assert.equal(emulator.uploads()[0]?.uploadId, uploadId);
  });
});

test("An upload of the same key that somebody else left is never adopted (minio/minio#4539)", async (t) => {
  const emulator = await useEmulator(t, { orphans: 1 });
  await using client = new CosClient(emulator.target);
  const { uploadId } = await client.initiateMultipartUpload({ key });
  const upload = client.createUploadStream({ key, partSize: P });
  await pipeline(readableOf(seededBytes(P)), upload);
  assert.notEqual(upload.result?.uploadId, uploadId);
  assert.equal(count(emulator, "ListMultipartUploads"), 0);
});
