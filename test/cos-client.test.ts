import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { pipeline } from "node:stream/promises";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { crc64 } from "../lib/digest/crc64.ts";
import { CosClient } from "../lib/index.ts";
import { MIB, readableOf, seededBytes } from "./support/bytes.ts";
import { useClient } from "./support/client.ts";
import { digestOf, operations, storedDigest, useEmulator } from "./support/emulator.ts";

/** A plain object: nothing of a class, nothing that a program could not clone, print or compare. */
function assertPlain(value: object): void {
  assert.equal(Object.getPrototypeOf(value), Object.prototype);
  assert.deepEqual(structuredClone(value), value);
}

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

test("an object goes through initiate, parts, complete and head as plain results", async (t) => {
  const emulator = await useEmulator(t);
  const client = useClient(t, emulator.target);
  const at = { key: "folder/object" };
  const bytes = seededBytes(MIB + 5);
  const pieces = [bytes.subarray(0, MIB), bytes.subarray(MIB)];
  const begun = await client.initiateMultipartUpload({
    ...at,
    metadata: { Owner: "me" },
    contentType: "text/x",
  });
  const upload = { ...at, uploadId: begun.uploadId };
  const parts = [];
  for (const [index, body] of pieces.entries()) {
    parts.push(await client.uploadPart({ ...upload, partNumber: index + 1, body }));
  }
  const done = await client.completeMultipartUpload({ ...upload, parts });
  const head = await client.headObject(at);
  for (const result of [begun, ...parts, done, head]) assertPlain(result);
  assert.deepEqual([begun.bucket, begun.key], [emulator.target.bucket, at.key]);
  assert.deepEqual(
    parts.map(({ partNumber, size, etag, attempts }) => ({ partNumber, size, etag, attempts })),
    pieces.map((piece, index) => ({
      partNumber: index + 1,
      size: piece.byteLength,
      etag: `"${createHash("md5").update(piece).digest("hex")}"`,
      attempts: 1,
    })),
  );
  assert.equal(done.crc64, crc64(bytes));
  assert.match(done.location, /\/folder\/object$/);
  assert.equal(head.etag, done.etag);
  assert.deepEqual([head.size, head.crc64, head.contentType], [MIB + 5, crc64(bytes), "text/x"]);
  assert.deepEqual([head.metadata, head.storageClass], [{ owner: "me" }, "STANDARD"]);
  assert.equal(await storedDigest(emulator, at.key), digestOf(bytes));
});

test("a body in pieces is one body", async (t) => {
  const emulator = await useEmulator(t);
  const client = useClient(t, emulator.target);
  const pieces = [Buffer.from("ab"), new Uint8Array(), Buffer.from("c")];
  const put = await client.putObject({ key: "k", body: pieces });
  assertPlain(put);
  assert.deepEqual([put.size, put.crc64], [3, crc64(Buffer.from("abc"))]);
  assert.equal(await storedDigest(emulator, "k"), digestOf(Buffer.from("abc")));
});

test("an empty object can be put, and has the CRC64 0", async (t) => {
  const emulator = await useEmulator(t);
  const put = await useClient(t, emulator.target).putObject({ key: "empty", body: [] });
  assert.deepEqual([put.size, put.crc64, put.md5], [0, "0", "1B2M2Y8AsgTpgAmY7PhCfg=="]);
  assert.equal(emulator.object("empty")?.size, 0);
});

test("an aborted upload is gone, and aborting it again is NoSuchUpload", async (t) => {
  const emulator = await useEmulator(t);
  const client = useClient(t, emulator.target);
  const { uploadId } = await client.initiateMultipartUpload({ key: "k" });
  assertPlain(await client.abortMultipartUpload({ key: "k", uploadId }));
  assert.deepEqual(emulator.uploads(), []);
  await assert.rejects(client.abortMultipartUpload({ key: "k", uploadId }), {
    name: "CosServiceError",
    code: "NoSuchUpload",
    statusCode: 404,
    operation: "AbortMultipartUpload",
    uploadId,
  });
});

test("an error answer becomes a CosServiceError with all that COS said", async (t) => {
  const emulator = await useEmulator(t);
  const client = useClient(t, emulator.target);
  const error = await client
    .listParts({ key: "k", uploadId: "none" })
    .next()
    .catch((reason) => reason);
  const { requestId } = emulator.requests[0]!;
  assert.deepEqual([error.code, error.statusCode, error.operation], ["NoSuchUpload", 404, "ListParts"]);
  assert.deepEqual([error.requestId, error.uploadId], [requestId, "none"]);
  assert.ok(error.traceId.length > 0);
  assert.match(error.resource, /k$/);
});

test("a HEAD of what is not there is a 404 without a body", async (t) => {
  const emulator = await useEmulator(t);
  const head = useClient(t, emulator.target).headObject({ key: "none" });
  await assert.rejects(head, { name: "CosServiceError", code: "HTTP_404", statusCode: 404 });
});

test("parts are listed over all pages, a page at a time as they are asked for", async (t) => {
  const emulator = await useEmulator(t, { orphans: 1 });
  const client = useClient(t, emulator.target);
  const { uploadId } = await client.initiateMultipartUpload({ key: "k" });
  for (const partNumber of [3, 1, 5, 10_000, 2]) {
    await client.uploadPart({ key: "k", uploadId, partNumber, body: Buffer.alloc(partNumber % 7) });
  }
  const listed = [];
  const pages = () => operations(emulator).filter((name) => name === "ListParts").length;
  for await (const part of client.listParts({ key: "k", uploadId, maxParts: 2 })) {
    listed.push([part.partNumber, part.size]);
    assert.equal(pages(), Math.ceil(listed.length / 2));
    assertPlain(part);
  }
  assert.deepEqual(
    listed,
    [1, 2, 3, 5, 10_000].map((number) => [number, number % 7]),
  );
});

test("uploads are listed over all pages, with keys of any characters, and only under the prefix", async (t) => {
  const keys = ["p/%2F+ ", "p/<&>\"'", "p/a", "p/a", "p/名 😀", "q"];
  const emulator = await useEmulator(t, { orphans: keys.length });
  const client = useClient(t, emulator.target);
  for (const key of keys) await client.initiateMultipartUpload({ key, storageClass: "STANDARD_IA" });
  const listed = await collect(client.listMultipartUploads({ prefix: "p/", maxUploads: 2 }));
  for (const upload of listed) assertPlain(upload);
  assert.deepEqual(listed.map(({ key }) => key).sort(), keys.slice(0, -1).sort());
  assert.equal(new Set(listed.map(({ uploadId }) => uploadId)).size, keys.length - 1);
  assert.equal(listed[0]?.storageClass, "STANDARD_IA");
  assert.equal((await collect(client.listMultipartUploads())).length, keys.length);
  assert.deepEqual(await collect(client.listMultipartUploads({ prefix: "none" })), []);
});

test("a listing that is left early asks for no further page", async (t) => {
  const emulator = await useEmulator(t, { orphans: 3 });
  const client = useClient(t, emulator.target);
  for (const key of ["a", "b", "c"]) await client.initiateMultipartUpload({ key });
  for await (const upload of client.listMultipartUploads({ maxUploads: 1 })) {
    assert.equal(upload.key, "a");
    break;
  }
  assert.equal(operations(emulator).filter((name) => name === "ListMultipartUploads").length, 1);
});

test("a signal that was aborted before ends a call before any request", async (t) => {
  const emulator = await useEmulator(t);
  const client = useClient(t, emulator.target);
  const reason = new Error("enough");
  const signal = AbortSignal.abort(reason);
  const aborted = { name: "AbortError", code: "ABORT_ERR", cause: reason };
  await assert.rejects(client.headObject({ key: "k", signal }), aborted);
  await assert.rejects(client.putObject({ key: "k", body: Buffer.from("x"), signal }), aborted);
  await assert.rejects(client.listMultipartUploads({ signal }).next(), aborted);
  assert.equal(emulator.requests.length, 0);
});

test("a signal ends a call that waits for its answer", async (t) => {
  const emulator = await useEmulator(t);
  const client = useClient(t, emulator.target);
  emulator.faults.add({ operation: "PutObject", fault: { kind: "stall", where: "request" } });
  const controller = new AbortController();
  const put = client.putObject({ key: "k", body: Buffer.from("x"), signal: controller.signal });
  while (emulator.requests.length === 0) await sleep(5);
  controller.abort();
  await assert.rejects(put, { name: "AbortError", code: "ABORT_ERR" });
  assert.equal(emulator.object("k"), undefined);
});

test("a signal ends a call that waits for its next attempt", async (t) => {
  const emulator = await useEmulator(t);
  const client = useClient(t, { ...emulator.target, retry: { baseDelay: 600_000, maxDelay: 600_000 } });
  const fault = {
    kind: "error",
    statusCode: 503,
    code: "SlowDown",
    headers: { "Retry-After": "600" },
  } as const;
  emulator.faults.add({ fault, times: Number.POSITIVE_INFINITY });
  const controller = new AbortController();
  const head = client.headObject({ key: "k", signal: controller.signal });
  while (emulator.requests[0]?.statusCode === undefined) await sleep(5);
  setTimeout(() => controller.abort("enough"), 20);
  await assert.rejects(head, { code: "ABORT_ERR", cause: "enough" });
});

test("a signal that is no AbortSignal is refused", async (t) => {
  const emulator = await useEmulator(t);
  const client = useClient(t, emulator.target);
  const head = client.headObject({ key: "k", signal: {} as AbortSignal });
  await assert.rejects(head, { code: "ERR_COS_INVALID_OPTION", option: "signal" });
});

test("two streams of one client share it, and neither closes it", async (t) => {
  const emulator = await useEmulator(t);
  const client = useClient(t, emulator.target);
  const bytes = [seededBytes(MIB + 1, 1), seededBytes(2 * MIB, 2)];
  const uploads = bytes.map((_, index) => client.createUploadStream({ key: `k${index}`, partSize: MIB }));
  await Promise.all(uploads.map((upload, index) => pipeline(readableOf(bytes[index]!), upload)));
  for (const [index, body] of bytes.entries()) {
    assert.equal(await storedDigest(emulator, `k${index}`), digestOf(body));
    assert.equal((await client.headObject({ key: `k${index}` })).size, body.byteLength);
  }
});

test("a closed client makes no requests and no streams any more; closing it again does nothing", async (t) => {
  const emulator = await useEmulator(t);
  const client = new CosClient(emulator.target);
  await client.close();
  await client.close();
  await assert.rejects(client.headObject({ key: "k" }), { code: "ERR_COS_CLOSED" });
  assert.throws(() => client.listMultipartUploads(), { code: "ERR_COS_CLOSED" });
  assert.throws(() => client.createUploadStream({ key: "k" }), { code: "ERR_COS_CLOSED" });
  assert.equal(emulator.requests.length, 0);
});

test("closing waits for what is running", async (t) => {
  const emulator = await useEmulator(t);
  const client = new CosClient(emulator.target);
  emulator.faults.add({ operation: "PutObject", fault: { kind: "latency", milliseconds: 100 } });
  const put = client.putObject({ key: "k", body: Buffer.from("x") });
  while (emulator.requests.length === 0) await sleep(5);
  await client.close();
  assert.equal(emulator.object("k")?.size, 1);
  assert.equal((await put).size, 1);
});

test("`await using` closes a client", async (t) => {
  const emulator = await useEmulator(t);
  let client: CosClient;
  {
    await using scoped = new CosClient(emulator.target);
    client = scoped;
    await client.putObject({ key: "k", body: Buffer.from("x") });
  }
  await assert.rejects(client.headObject({ key: "k" }), { code: "ERR_COS_CLOSED" });
});

test("a misspelt parameter is refused before anything is sent, not ignored", async (t) => {
  const emulator = await useEmulator(t);
  const client = useClient(t, emulator.target);
  const refused = {
    code: "ERR_COS_INVALID_OPTION",
    option: "serversideEncryption",
    message: /did you mean "serverSideEncryption"/,
  };
  const misspelt = { key: "object", serversideEncryption: { type: "SSE-COS" } };
  await assert.rejects(client.putObject({ ...misspelt, body: Buffer.from("x") }), refused);
  await assert.rejects(client.initiateMultipartUpload(misspelt), refused);
  await assert.rejects(client.headObject(misspelt), refused);
  assert.equal(emulator.requests.length, 0);
});

test("results and parts can be spread into the next call", async (t) => {
  const emulator = await useEmulator(t);
  const client = useClient(t, emulator.target);
  const begun = await client.initiateMultipartUpload({ key: "object" });
  const part = await client.uploadPart({ ...begun, partNumber: 1, body: Buffer.from("x") });
  const again = await client.uploadPart({ ...begun, ...part, body: Buffer.from("x") });
  const done = await client.completeMultipartUpload({ ...begun, parts: [again] });
  assert.equal((await client.headObject({ ...done, versionId: undefined })).size, 1);
});
