import assert from "node:assert/strict";
import { describe, type TestContext, test } from "node:test";
import type { Emulator } from "../../lib/emulator/index.ts";
import { CosClient, type UploadStream, type UploadStreamOptions } from "../../lib/index.ts";
import { alterAnswers } from "../support/altering-proxy.ts";
import { MIB, seededBytes } from "../support/bytes.ts";
import { AT_ONCE, useClient } from "../support/client.ts";
import { digestOf, storedDigest, useEmulator } from "../support/emulator.ts";
import { count, recordEnding, success } from "../support/ending.ts";
import { answer, onRequests, serveSockets } from "../support/raw-server.ts";

/**
 * Whether an ETag is the MD5 is said by the answer that it is in, not by the options of the stream: somebody else may have begun the
 * upload with SSE-KMS, or the bucket has it. And bytes whose CRC64 is right are right.
 */
const key = "object";
const P = MIB;
const bytes = seededBytes(2 * P + 7);
const always = Number.POSITIVE_INFINITY;
const retry = { maxAttempts: 5, ...AT_ONCE };

function start(
  target: Emulator["target"],
  options: Partial<UploadStreamOptions>,
  t: TestContext,
): UploadStream {
  const client = new CosClient({ ...target, retry });
  t.after(() => client.close());
  return client.createUploadStream({ key, partSize: P, ...options });
}

async function finish(stream: UploadStream, body: Uint8Array = bytes): Promise<number[]> {
  const ending = recordEnding(stream);
  stream.end(body);
  await success(ending);
  assert.deepEqual(ending.warnings, []);
  return stream.result!.parts.map(({ attempts }) => attempts);
}

async function initiate(emulator: Emulator): Promise<string> {
  await using client = new CosClient(emulator.target);
  const { uploadId } = await client.initiateMultipartUpload({
    key,
    serverSideEncryption: { type: "SSE-KMS" },
  });
  return uploadId;
}

describe("Without an option that says so,", () => {
  test("parts go into an upload that was begun with SSE-KMS", async (t) => {
    const emulator = await useEmulator(t);
    const stream = start(emulator.target, { uploadId: await initiate(emulator), complete: true }, t);
    assert.deepEqual(await finish(stream), [1, 1, 1]);
    assert.equal(await storedDigest(emulator, key), digestOf(bytes));
  });

  for (const listPartsCrc64 of [true, false]) {
    test(`an upload with SSE-KMS is resumed, where a listing ${listPartsCrc64 ? "gives CRC64" : "gives none"}`, async (t) => {
      const emulator = await useEmulator(t, { listPartsCrc64 });
      const uploadId = await initiate(emulator);
      await finish(start(emulator.target, { uploadId }, t), bytes.subarray(0, 2 * P));
      const stream = start(emulator.target, { resume: { uploadId } }, t);
      assert.deepEqual(await finish(stream), listPartsCrc64 ? [0, 0, 1] : [1, 1, 1]);
      assert.equal(await storedDigest(emulator, key), digestOf(bytes));
    });
  }

  for (const singlePut of [false, true]) {
    test(`a bucket whose default is SSE-KMS takes ${singlePut ? "a Put Object" : "parts"}`, async (t) => {
      const emulator = await useEmulator(t, { bucketEncryption: "SSE-KMS" });
      const stream = start(emulator.target, { singlePut, partSize: singlePut ? 4 * P : P }, t);
      assert.deepEqual(await finish(stream), singlePut ? [1] : [1, 1, 1]);
      assert.equal(await storedDigest(emulator, key), digestOf(bytes));
    });
  }

  test("a Put Object in a bucket with SSE-KMS, whose answers are lost, is found by its CRC64", async (t) => {
    const emulator = await useEmulator(t, { bucketEncryption: "SSE-KMS" });
    emulator.faults.add({ operation: "PutObject", times: always, fault: { kind: "lost-answer" } });
    await finish(start(emulator.target, { singlePut: true, partSize: 4 * P }, t));
  });

  test("a client's calls are verified in the same way", async (t) => {
    const emulator = await useEmulator(t, { bucketEncryption: "SSE-KMS" });
    await using client = new CosClient({ ...emulator.target, retry });
    const body = Buffer.from("body");
    const { uploadId } = await client.initiateMultipartUpload({ key });
    const part = await client.uploadPart({ key, uploadId, partNumber: 1, body });
    assert.equal((await client.putObject({ key, body })).attempts, 1);
    assert.equal(part.attempts, 1);
    await client.completeMultipartUpload({ key, uploadId, parts: [part] });
  });
});

test("With an option that says so, an ETag is held to the MD5 where COS encrypts otherwise", async (t) => {
  const emulator = await useEmulator(t);
  await using client = new CosClient(emulator.target);
  const { uploadId } = await client.initiateMultipartUpload({ key });
  emulator.faults.add({ partNumber: 2, fault: { kind: "wrong-etag" } });
  const serverSideEncryption = { type: "SSE-KMS" } as const;
  const stream = start(emulator.target, { uploadId, complete: true, serverSideEncryption }, t);
  assert.deepEqual(await finish(stream), [1, 2, 1]);
});

describe("A right CRC64 beside an ETag that is not the MD5, in a plain answer,", () => {
  const other = `"${"0".repeat(32)}"`;

  test("is tried once more, as the ETag may have been damaged on the way", async (t) => {
    const emulator = await useEmulator(t);
    emulator.faults.add({ partNumber: 2, fault: { kind: "wrong-etag" } });
    assert.deepEqual(await finish(start(emulator.target, {}, t)), [1, 2, 1]);
  });

  for (const [operation, singlePut] of [
    ["UploadPart", false],
    ["PutObject", true],
  ] as const) {
    test(`is taken at the second time by ${operation}: COS encrypts without saying so`, async (t) => {
      const emulator = await useEmulator(t, { bucketEncryption: "SSE-KMS" });
      const target = await alterAnswers(t, emulator, ({ headers }) => {
        for (const name of Object.keys(headers)) {
          if (name.startsWith("x-cos-server-side-encryption")) headers[name] = undefined;
        }
      });
      const stream = start(target, { singlePut, partSize: singlePut ? 4 * P : P }, t);
      assert.deepEqual(await finish(stream), singlePut ? [2] : [2, 2, 2]);
      assert.equal(await storedDigest(emulator, key), digestOf(bytes));
    });
  }

  test("fails a part whose attempts are used up: Complete would refuse a damaged ETag", async (t) => {
    const emulator = await useEmulator(t, { orphans: 1 });
    await using client = new CosClient({ ...emulator.target, retry: { maxAttempts: 1 } });
    const { uploadId } = await client.initiateMultipartUpload({ key });
    emulator.faults.add({ operation: "UploadPart", fault: { kind: "wrong-etag" } });
    const part = client.uploadPart({ key, uploadId, partNumber: 1, body: bytes });
    await assert.rejects(part, { code: "ERR_COS_INTEGRITY", message: /The ETag of part 1 is damaged/ });
  });

  test("is taken at once for an object, where no attempt is left", async (t) => {
    const emulator = await useEmulator(t);
    await using client = new CosClient({ ...emulator.target, retry: { maxAttempts: 1 } });
    emulator.faults.add({ operation: "PutObject", fault: { kind: "wrong-etag" } });
    const { attempts, crc64 } = await client.putObject({ key, body: bytes });
    assert.deepEqual([attempts, crc64], [1, emulator.object(key)?.crc64]);
    assert.equal(count(emulator, "PutObject"), 1);
  });

  test("is no reason to believe another CRC64, or an ETag that nobody could have sent", async (t) => {
    const crc64 = "4510578591875220731";
    for (const headers of [
      { ETag: other, "x-cos-hash-crc64ecma": "1" },
      { ETag: '"108f528eb63b65e734f27ae331f5ffaa', "x-cos-hash-crc64ecma": crc64 },
    ]) {
      const server = await serveSockets(t, (socket) =>
        onRequests(socket, () => socket.write(answer("200 OK", { ...headers, "x-cos-request-id": "id" }))),
      );
      const client = useClient(t, { endpoint: server.url, retry });
      const put = client.putObject({ key, body: Buffer.from("[Object Part]") });
      await assert.rejects(put, { code: "ERR_COS_INTEGRITY" });
    }
  });
});
