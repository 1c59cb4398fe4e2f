import assert from "node:assert/strict";
import { describe, type TestContext, test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { Agent } from "undici";
import { startEmulator } from "../../lib/emulator/index.ts";
import type { CosClient, CosClientOptions } from "../../lib/index.ts";
import { KEYS, useClient } from "../support/client.ts";
import { count, received, recordEnding } from "../support/ending.ts";
import { onRequests, serveSockets } from "../support/raw-server.ts";

const BODY = Buffer.from("[Object Part]");
const CLOSED = { code: "ERR_COS_CLOSED" };

/** An unfinished upload, and a part that it has. */
interface Unfinished {
  readonly key: string;
  readonly uploadId: string;
  readonly etag: string;
}

/** Every method of a client that makes requests. */
const CALLS: Readonly<Record<string, (client: CosClient, upload: Unfinished) => Promise<unknown>>> = {
  initiateMultipartUpload: (client) => client.initiateMultipartUpload({ key: "other" }),
  uploadPart: (client, upload) => client.uploadPart({ ...upload, partNumber: 2, body: BODY }),
  completeMultipartUpload: (client, { etag, ...upload }) =>
    client.completeMultipartUpload({ ...upload, parts: [{ partNumber: 1, etag }] }),
  abortMultipartUpload: (client, upload) => client.abortMultipartUpload(upload),
  putObject: (client) => client.putObject({ key: "there", body: BODY }),
  headObject: (client) => client.headObject({ key: "there" }),
  listParts: (client, upload) => client.listParts(upload).next(),
  listMultipartUploads: (client) => client.listMultipartUploads().next(),
};

/** An emulator with an object and two unfinished uploads, and a client of it. */
async function useBucket(t: TestContext, options: Partial<CosClientOptions> = {}) {
  // Calls leave uploads in it, each its own.
  const emulator = await startEmulator();
  t.after(() => emulator.close());
  const { bucket, region, endpoint, credentials } = emulator.target;
  const setUp = useClient(t, emulator.target);
  await setUp.putObject({ key: "there", body: BODY });
  const { uploadId } = await setUp.initiateMultipartUpload({ key: "k" });
  const { etag } = await setUp.uploadPart({ key: "k", uploadId, partNumber: 1, body: BODY });
  await setUp.initiateMultipartUpload({ key: "k2" });
  const client = useClient(t, { bucket, region, endpoint, credentials, ...options });
  return { emulator, upload: { key: "k", uploadId, etag }, client };
}

describe("close() of a client", () => {
  for (const [name, call] of Object.entries(CALLS)) {
    test(`waits for ${name} that waits to retry, and for its retry`, async (t) => {
      const retry = { baseDelay: 0, maxDelay: 50 };
      const { emulator, upload, client } = await useBucket(t, { retry });
      const before = emulator.requests.length;
      const fault = { kind: "error", statusCode: 503, headers: { "Retry-After": "600" } } as const;
      emulator.faults.add({ times: 2, fault });
      const running = call(client, upload);
      while (emulator.requests.length === before || emulator.requests.at(-1)?.statusCode === undefined) {
        await turn();
      }
      await client.close();
      await running;
      assert.equal(emulator.requests.length, before + 3);
    });
  }

  test("waits for a call whose method has only just been called", async (t) => {
    for (const call of Object.values(CALLS)) {
      const { upload, client } = await useBucket(t);
      const running = call(client, upload);
      await client.close();
      await running;
    }
  });

  test("waits for a call that waits for its credentials or its signature", async (t) => {
    let answered = (): void => {};
    const asked = new Promise<void>((resolve) => {
      answered = resolve;
    });
    const credentials = async () => {
      await asked;
      return KEYS;
    };
    const signer = async () => {
      await asked;
      return { Authorization: "x" };
    };
    const calls: Promise<unknown>[] = [];
    const closings: Promise<void>[] = [];
    for (const options of [{ credentials }, { signer, credentials: undefined }]) {
      const { emulator } = await useBucket(t);
      const { client } = await useBucket(t, { ...options, endpoint: emulator.url });
      calls.push(assert.rejects(client.headObject({ key: "k" }), { statusCode: 403 }));
      closings.push(client.close());
    }
    await turn();
    answered();
    await Promise.all([...closings, ...calls]);
  });

  test("ends when a call fails, and when it is aborted", async (t) => {
    const { url } = await serveSockets(t, (socket) => onRequests(socket, () => {}));
    const client = useClient(t, { endpoint: url });
    const controller = new AbortController();
    const running = client.headObject({ key: "k", signal: controller.signal });
    const rejected = assert.rejects(running, { code: "ABORT_ERR" });
    const closing = client.close();
    controller.abort();
    await Promise.all([closing, rejected]);
  });

  test("refuses what is called after it, while it waits and when it is over", async (t) => {
    const { emulator, client, upload } = await useBucket(t);
    emulator.faults.add({ fault: { kind: "latency", milliseconds: 50 } });
    const running = client.headObject({ key: "there" });
    const closing = client.close();
    const before = emulator.requests.length;
    for (const call of Object.values(CALLS)) {
      await assert.rejects(async () => await call(client, upload), CLOSED);
    }
    assert.throws(() => client.createUploadStream({ key: "k" }), CLOSED);
    await Promise.all([running, closing]);
    for (const call of Object.values(CALLS)) {
      await assert.rejects(async () => await call(client, upload), CLOSED);
    }
    assert.equal(count(emulator, "HeadObject"), 1);
    assert.ok(emulator.requests.length <= before + 1);
  });

  test("waits for the page that a listing waits for, and ends the listing at its next item", async (t) => {
    const { emulator, client } = await useBucket(t);
    emulator.faults.add({ times: 1, fault: { kind: "latency", milliseconds: 50 } });
    const listing = client.listMultipartUploads({ maxUploads: 1 });
    const first = listing.next();
    await received(emulator, "ListMultipartUploads");
    await client.close();
    assert.equal((await first).value?.key, "k");
    await assert.rejects(listing.next(), CLOSED);
    assert.deepEqual(await listing.next(), { done: true, value: undefined });
    assert.equal(count(emulator, "ListMultipartUploads"), 1);
  });

  test("does not wait for a listing that stopped in the middle, or never began", async (t) => {
    const { client, upload } = await useBucket(t);
    const stopped = client.listMultipartUploads({ maxUploads: 1 });
    await stopped.next();
    const unbegun = client.listParts(upload);
    await client.close();
    await assert.rejects(stopped.next(), CLOSED);
    await assert.rejects(unbegun.next(), CLOSED);
  });

  test("leaves the caller's dispatcher open, and closes as it does without one", async (t) => {
    const dispatcher = new Agent();
    t.after(() => dispatcher.close());
    const { emulator, client } = await useBucket(t, { dispatcher });
    emulator.faults.add({ times: 1, fault: { kind: "error", statusCode: 503 } });
    const running = client.headObject({ key: "there" });
    await client.close();
    await running;
    await assert.rejects(client.headObject({ key: "there" }), CLOSED);
    assert.equal(dispatcher.closed, false);
  });

  test("waits for calls beside the streams that it destroys", async (t) => {
    const { emulator, client } = await useBucket(t);
    const upload = client.createUploadStream({ key: "k" });
    const ending = recordEnding(upload);
    emulator.faults.add({ operation: "HeadObject", times: 1, fault: { kind: "error", statusCode: 503 } });
    const running = client.headObject({ key: "there" });
    upload.write("x");
    await client.close();
    assert.equal((await running).size, BODY.byteLength);
    await ending.closed;
    assert.deepEqual(ending.events, ["close"]);
  });

  test("is the same when it is called twice, and of `await using`", async (t) => {
    const { emulator, client } = await useBucket(t, { credentials: KEYS, retry: { maxAttempts: 1 } });
    const running = client.headObject({ key: "there" }).catch(() => "failed");
    await Promise.all([client.close(), client.close(), client[Symbol.asyncDispose]()]);
    assert.equal(await running, "failed");
    assert.equal(count(emulator, "HeadObject"), 1);
  });
});
