import assert from "node:assert/strict";
import { pipeline } from "node:stream/promises";
import { describe, test } from "node:test";
import type { PartReceipt } from "../../lib/index.ts";
import { CosIntegrityError, createUploadStream } from "../../lib/index.ts";
import { checkContiguous, combinedCrc64 } from "../../lib/upload/stream-summary.ts";
import { MIB, readableOf, seededBytes } from "../support/bytes.ts";
import { digestOf, storedDigest, useEmulator } from "../support/emulator.ts";
import { count, failure, recordEnding } from "../support/ending.ts";

const P = MIB;
const key = "object";
const retry = { maxAttempts: 3, baseDelay: 1, maxDelay: 5 };
const always = Number.POSITIVE_INFINITY;
const bytes = seededBytes(2 * P + 7);

describe("A part whose answer does not show the bytes that were sent", () => {
  for (const kind of ["wrong-crc64", "wrong-etag", "no-etag"] as const) {
    test(`(${kind}) is sent again (ServerSideHannes/s3proxy-python#143)`, async (t) => {
      const emulator = await useEmulator(t);
      emulator.faults.add({ partNumber: 2, fault: { kind } });
      const upload = createUploadStream({ ...emulator.target, key, partSize: P, retry });
      await pipeline(readableOf(bytes), upload);
      assert.deepEqual(
        upload.parts.map(({ attempts }) => attempts),
        [1, 2, 1],
      );
      assert.equal(await storedDigest(emulator, key), digestOf(bytes));
    });

    // A wrong ETag beside a right CRC64 may be no digest: see promises/etags-that-are-no-md5.test.ts.
    if (kind === "wrong-etag") continue;
    test(`(${kind}) every time fails the upload`, async (t) => {
      const emulator = await useEmulator(t);
      emulator.faults.add({ partNumber: 2, times: always, fault: { kind } });
      const upload = createUploadStream({ ...emulator.target, key, partSize: P, retry });
      const ending = recordEnding(upload);
      upload.end(bytes);
      const error = await failure(ending);
      assert.equal(error.code, kind === "no-etag" ? "ERR_COS_BAD_RESPONSE" : "ERR_COS_INTEGRITY");
      assert.equal(error.uploadId, upload.uploadId);
      assert.equal(count(emulator, "CompleteMultipartUpload"), 0);
    });
  }

  test("(no CRC64) is held to its ETag alone", async (t) => {
    const emulator = await useEmulator(t);
    emulator.faults.add({ operation: "UploadPart", times: always, fault: { kind: "no-crc64" } });
    const upload = createUploadStream({ ...emulator.target, key, partSize: P, retry });
    await pipeline(readableOf(bytes), upload);
    assert.equal(upload.result?.crc64, emulator.object(key)?.crc64);
  });
});

describe("A part that is sent again", () => {
  for (const [name, fault] of [
    ["a reset in its body (aws/aws-cli#4554)", { kind: "reset", afterBytes: 300_000 }],
    ["a reset after its body", { kind: "reset", afterBytes: P }],
    ["an answer that was lost", { kind: "lost-answer" }],
    ["a half-closed connection (nodejs/undici#583)", { kind: "half-close" }],
    ["503 (googleapis/nodejs-storage#2193)", { kind: "error", statusCode: 503 }],
    ["503 before its body was read", { kind: "error", statusCode: 503, early: true }],
    ["400 RequestTimeout (aws/aws-sdk-js#281)", { kind: "error", statusCode: 400, code: "RequestTimeout" }],
    ["400 BadDigest (aws/aws-sdk-ruby#1264)", { kind: "error", statusCode: 400, code: "BadDigest" }],
  ] as const) {
    test(`after ${name} has the same bytes and ETag, and the stream goes on where it was`, async (t) => {
      const emulator = await useEmulator(t);
      emulator.faults.add({ partNumber: 2, fault });
      const upload = createUploadStream({ ...emulator.target, key, partSize: P, retry });
      await pipeline(readableOf(bytes), upload);
      const attempts = emulator.requests.filter((entry) => entry.partNumber === 2);
      assert.equal(attempts.length, 2);
      assert.equal(attempts[0]?.headers["content-md5"], attempts[1]?.headers["content-md5"]);
      assert.equal(await storedDigest(emulator, key), digestOf(bytes));
    });
  }
});

test("With SSE-C every part carries the key, and what belongs to Initiate goes with it alone", async (t) => {
  // nathanpeck/s3-upload-stream#33
  const emulator = await useEmulator(t);
  const upload = createUploadStream({
    ...emulator.target,
    key,
    partSize: P,
    serverSideEncryption: { type: "SSE-C", key: Buffer.alloc(32, 1) },
    contentType: "text/plain",
    metadata: { a: "b" },
    storageClass: "STANDARD_IA",
    acl: "private",
    tagging: { c: "d" },
  });
  await pipeline(readableOf(bytes), upload);
  const customer = "x-cos-server-side-encryption-customer-key";
  for (const { operation, headers } of emulator.requests) {
    const carries = ["InitiateMultipartUpload", "UploadPart"].includes(operation);
    assert.equal(customer in headers, carries, operation);
    const own = ["x-cos-meta-a", "x-cos-storage-class", "x-cos-acl", "x-cos-tagging"];
    for (const name of own) assert.equal(name in headers, operation === "InitiateMultipartUpload", name);
    if (operation === "UploadPart") assert.equal(headers["content-type"], "application/octet-stream");
  }
  assert.equal(await storedDigest(emulator, key), digestOf(bytes));
});

describe("Confirmed parts (aws/aws-sdk-js-v3#2311, googleapis/nodejs-storage#2145)", () => {
  const part = (partNumber: number, offset: number, size: number): PartReceipt => ({
    partNumber,
    offset,
    size,
    etag: '"e"',
    md5: "",
    crc64: "0",
    attempts: 1,
    requestId: "",
    skipped: false,
  });

  test("that are contiguous and sum to the stream may be completed", () => {
    checkContiguous([part(3, 0, 5), part(4, 5, 1)], 3, 6, "id");
    checkContiguous([], 1, 0, "id");
  });

  for (const [name, parts, size] of [
    ["a missing number", [part(1, 0, 5), part(3, 5, 5)], 10],
    ["a missing first part", [part(2, 0, 5)], 5],
    ["a hole in the offsets", [part(1, 0, 5), part(2, 6, 5)], 11],
    ["an overlap", [part(1, 0, 5), part(2, 4, 5)], 9],
    ["a missing tail", [part(1, 0, 5)], 6],
    ["bytes too many", [part(1, 0, 5)], 4],
    ["no parts for bytes", [], 4],
  ] as const) {
    test(`with ${name} may not`, () => {
      assert.throws(
        () => checkContiguous(parts, 1, size, "id"),
        (error) => error instanceof CosIntegrityError && error.uploadId === "id",
      );
    });
  }

  test("have the CRC64 of their whole", () => {
    assert.equal(combinedCrc64([]), "0");
    assert.equal(
      combinedCrc64([{ ...part(1, 0, 9), crc64: "11051210869376104954" }]),
      "11051210869376104954",
    );
  });
});
