import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { describe, test } from "node:test";
import type { Emulator } from "../../lib/emulator/index.ts";
import { createUploadStream, type UploadStreamOptions } from "../../lib/index.ts";
import { MIB, seededBytes } from "../support/bytes.ts";
import { digestOf, storedDigest, useEmulator } from "../support/emulator.ts";
import { failure, recordEnding, success } from "../support/ending.ts";

const P = MIB;
const key = "object";
const bytes = seededBytes(4 * P + 77);
const customerKey = Buffer.alloc(32, "k");

/** The part that is not there when the upload is interrupted. */
const MISSING = 3;

const ENCRYPTIONS = {
  "SSE-KMS": { type: "SSE-KMS" },
  "SSE-C": { type: "SSE-C", key: customerKey },
} as const;

type Encryption = (typeof ENCRYPTIONS)[keyof typeof ENCRYPTIONS];

/** Begins an upload, and leaves it when all parts but one are confirmed. */
async function interrupt(emulator: Emulator, serverSideEncryption: Encryption): Promise<void> {
  emulator.faults.add({
    operation: "UploadPart",
    partNumber: MISSING,
    fault: { kind: "stall", where: "request" },
  });
  const options = { concurrency: 8, leavePartsOnError: true, serverSideEncryption };
  const upload = createUploadStream({ ...emulator.target, key, partSize: P, ...options });
  const ending = recordEnding(upload);
  upload.end(bytes);
  while (upload.parts.length < 4) await once(upload, "part");
  upload.destroy();
  await ending.closed;
}

/** Uploads with `resume`; tells what was sent of parts. */
async function resume(emulator: Emulator, body: Uint8Array, options: Partial<UploadStreamOptions>) {
  const before = emulator.requests.length;
  const upload = createUploadStream({ ...emulator.target, key, partSize: P, resume: "latest", ...options });
  const ending = recordEnding(upload);
  upload.end(body);
  await ending.closed;
  const requests = emulator.requests.slice(before).filter(({ operation }) => operation === "UploadPart");
  const numbers = requests.map(({ partNumber }) => partNumber!).sort((a, b) => a - b);
  return { upload, ending, requests, numbers };
}

for (const [name, serverSideEncryption] of Object.entries(ENCRYPTIONS)) {
  describe(`An upload with ${name} that is resumed`, () => {
    test("skips the parts that the listing tells the CRC64 and size of", async (t) => {
      const emulator = await useEmulator(t, { listPartsCrc64: true });
      await interrupt(emulator, serverSideEncryption);
      const { upload, ending, numbers } = await resume(emulator, bytes, { serverSideEncryption });
      await success(ending);
      assert.deepEqual(numbers, [MISSING]);
      assert.deepEqual(
        upload.result?.parts.map(({ skipped }) => skipped),
        [true, true, false, true, true],
      );
      assert.equal(await storedDigest(emulator, key), digestOf(bytes));
    });

    test("sends those again whose CRC64 or size is another's now", async (t) => {
      const emulator = await useEmulator(t, { listPartsCrc64: true });
      await interrupt(emulator, serverSideEncryption);
      const changed = Buffer.from(bytes.subarray(0, -1));
      changed[P] = changed[P]! ^ 1;
      const { ending, numbers } = await resume(emulator, changed, { serverSideEncryption });
      await success(ending);
      assert.deepEqual(numbers, [2, MISSING, 5]);
      assert.equal(await storedDigest(emulator, key), digestOf(changed));
    });

    test("sends all of them again when the listing tells no CRC64", async (t) => {
      const emulator = await useEmulator(t);
      await interrupt(emulator, serverSideEncryption);
      const { upload, ending, numbers } = await resume(emulator, bytes, { serverSideEncryption });
      await success(ending);
      assert.deepEqual(numbers, [1, 2, 3, 4, 5]);
      assert.ok(upload.result?.parts.every(({ skipped }) => !skipped));
      assert.equal(await storedDigest(emulator, key), digestOf(bytes));
    });
  });
}

describe("An upload with SSE-C that is resumed", () => {
  const { "SSE-C": serverSideEncryption } = ENCRYPTIONS;

  for (const listPartsCrc64 of [true, false]) {
    const which = listPartsCrc64
      ? "the one part that is missing"
      : "all parts when it has to send all of them";
    test(`sends the customer's key with ${which}, and with nothing else`, async (t) => {
      const emulator = await useEmulator(t, { listPartsCrc64 });
      await interrupt(emulator, serverSideEncryption);
      const before = emulator.requests.length;
      const { ending, requests } = await resume(emulator, bytes, { serverSideEncryption });
      await success(ending);
      assert.equal(requests.length, listPartsCrc64 ? 1 : 5);
      const header = "x-cos-server-side-encryption-customer";
      for (const { headers } of requests) {
        assert.equal(headers[`${header}-algorithm`], "AES256");
        assert.equal(headers[`${header}-key`], customerKey.toString("base64"));
        assert.equal(headers[`${header}-key-md5`], createHash("md5").update(customerKey).digest("base64"));
      }
      const others = emulator.requests.slice(before).filter((request) => !requests.includes(request));
      assert.deepEqual(
        others.map(({ operation, headers }) => [operation, headers[`${header}-key`]]),
        [
          ["ListMultipartUploads", undefined],
          ["ListParts", undefined],
          ["CompleteMultipartUpload", undefined],
        ],
      );
    });
  }

  test("with another key is refused at the first part that is sent, and keeps what it has", async (t) => {
    const emulator = await useEmulator(t, { listPartsCrc64: true, orphans: 1 });
    await interrupt(emulator, serverSideEncryption);
    const { ending } = await resume(emulator, bytes, {
      serverSideEncryption: { type: "SSE-C", key: Buffer.alloc(32, "x") },
    });
    assert.equal((await failure(ending)).code, "SsecDecryptHeaderInvalid");
    assert.deepEqual(
      emulator.uploads()[0]?.parts.map(({ partNumber }) => partNumber),
      [1, 2, 4, 5],
    );
  });
});

test("An object of parts that were all there, under another SSE-C key than this stream's, is no success", async (t) => {
  const emulator = await useEmulator(t, { listPartsCrc64: true });
  const { uploadId } = await resume(emulator, bytes, {
    resume: undefined,
    complete: false,
    serverSideEncryption: ENCRYPTIONS["SSE-C"],
  }).then(({ upload }) => upload);
  const other = { type: "SSE-C", key: Buffer.alloc(32, "o") } as const;
  const { ending, numbers } = await resume(emulator, bytes, { serverSideEncryption: other });
  const error = await failure(ending);
  assert.deepEqual([error.code, error.uploadId, error.outcome], ["ERR_COS_RESUME", uploadId, "completed"]);
  assert.match(error.message, /encrypted with the one that the upload was begun with/);
  assert.deepEqual(numbers, []);
});

test("An object of parts that were all there is whole under the SSE-C key that they were sent with", async (t) => {
  const emulator = await useEmulator(t, { listPartsCrc64: true });
  const serverSideEncryption = ENCRYPTIONS["SSE-C"];
  await resume(emulator, bytes, { resume: undefined, complete: false, serverSideEncryption });
  const { ending, numbers } = await resume(emulator, bytes, { serverSideEncryption });
  await success(ending);
  assert.deepEqual(numbers, []);
  assert.equal(await storedDigest(emulator, key), digestOf(bytes));
});

test("A key that could not be tried, as COS did not answer, is not said to be another", async (t) => {
  const emulator = await useEmulator(t, { listPartsCrc64: true });
  const serverSideEncryption = ENCRYPTIONS["SSE-C"];
  await resume(emulator, bytes, { resume: undefined, complete: false, serverSideEncryption });
  const reset = { kind: "reset" } as const;
  emulator.faults.add({ operation: "HeadObject", times: Number.POSITIVE_INFINITY, fault: reset });
  const { ending } = await resume(emulator, bytes, { serverSideEncryption, retry: { maxAttempts: 2 } });
  const error = await failure(ending);
  assert.deepEqual([error.code, error.outcome], ["ERR_COS_NETWORK", "completed"]);
});
