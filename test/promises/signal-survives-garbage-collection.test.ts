import assert from "node:assert/strict";
import { getEventListeners, once } from "node:events";
import { describe, type TestContext, test } from "node:test";
import { setTimeout as sleep, setImmediate as turn } from "node:timers/promises";
import { inspect } from "node:util";
import { type CosClient, createUploadStream, type UploadStream } from "../../lib/index.ts";
import { MIB, seededBytes } from "../support/bytes.ts";
import { useClient } from "../support/client.ts";
import { useEmulator } from "../support/emulator.ts";
import { failure, received, recordEnding, until } from "../support/ending.ts";
import { collectGarbage } from "../support/garbage.ts";
import { answer, onRequests, serveSockets } from "../support/raw-server.ts";

/** Long enough for garbage to be collected before. */
const MILLISECONDS = 150;

/** Signals that nobody but the library holds, in the ways that callers make them. */
const SIGNALS: Readonly<Record<string, (milliseconds?: number) => AbortSignal>> = {
  "AbortSignal.timeout": (milliseconds = MILLISECONDS) => AbortSignal.timeout(milliseconds),
  "AbortSignal.any of a timeout": (milliseconds = MILLISECONDS) =>
    AbortSignal.any([AbortSignal.timeout(milliseconds)]),
  "AbortSignal.any of a timeout and a controller": (milliseconds = MILLISECONDS) =>
    AbortSignal.any([new AbortController().signal, AbortSignal.timeout(milliseconds)]),
  "AbortSignal.any within AbortSignal.any": (milliseconds = MILLISECONDS) =>
    AbortSignal.any([
      AbortSignal.any([AbortSignal.timeout(milliseconds), new AbortController().signal]),
      AbortSignal.timeout(600_000),
    ]),
};

const ABORTED = { name: "AbortError", code: "ABORT_ERR" };
const BODY = Buffer.from("[Object Part]");
const UPLOAD = { key: "k", uploadId: "id" };

/** Every method of a client, with a signal. */
const CALLS: Readonly<Record<string, (client: CosClient, signal: AbortSignal) => Promise<unknown>>> = {
  initiateMultipartUpload: (client, signal) => client.initiateMultipartUpload({ key: "k", signal }),
  uploadPart: (client, signal) => client.uploadPart({ ...UPLOAD, partNumber: 1, body: BODY, signal }),
  completeMultipartUpload: (client, signal) =>
    client.completeMultipartUpload({ ...UPLOAD, parts: [{ partNumber: 1, etag: "x" }], signal }),
  abortMultipartUpload: (client, signal) => client.abortMultipartUpload({ ...UPLOAD, signal }),
  putObject: (client, signal) => client.putObject({ key: "k", body: BODY, signal }),
  headObject: (client, signal) => client.headObject({ key: "k", signal }),
  listParts: (client, signal) => client.listParts({ ...UPLOAD, signal }).next(),
  listMultipartUploads: (client, signal) => client.listMultipartUploads({ signal }).next(),
};

/** A client of a server that never answers. */
async function useSilentServer(t: TestContext): Promise<CosClient> {
  const { url } = await serveSockets(t, () => {});
  return useClient(t, { endpoint: url });
}

for (const [name, makeSignal] of Object.entries(SIGNALS)) {
  describe(`${name}, held by nobody else`, () => {
    test("ends every call of a client", async (t) => {
      const client = await useSilentServer(t);
      const calls = Object.values(CALLS).map((call) => assert.rejects(call(client, makeSignal()), ABORTED));
      await collectGarbage();
      await Promise.all(calls);
    });

    test("ends a call that waits for its credentials, for its signature and for its next attempt", async (t) => {
      const { url: endpoint } = await serveSockets(t, (socket) =>
        onRequests(socket, () => socket.end(answer("503 Slow Down", { "Retry-After": "600" }))),
      );
      const never = (): Promise<never> => new Promise(() => {});
      const clients = [
        useClient(t, { endpoint, credentials: never }),
        useClient(t, { endpoint, signer: never }),
        useClient(t, { endpoint, retry: { maxDelay: 600_000 } }),
      ];
      const calls = clients.map((client) =>
        assert.rejects(client.headObject({ key: "k", signal: makeSignal() }), ABORTED),
      );
      await collectGarbage();
      await Promise.all(calls);
    });

    test("ends a stream whose source is silent, and one of a client", async (t) => {
      const emulator = await useEmulator(t);
      const client = useClient(t, emulator.target);
      const uploads = [
        createUploadStream({ ...emulator.target, key: "own", signal: makeSignal() }),
        client.createUploadStream({ key: "shared", signal: makeSignal() }),
      ];
      const endings = uploads.map(recordEnding);
      for (const upload of uploads) upload.write("a first byte");
      await collectGarbage();
      for (const ending of endings) assert.equal((await failure(ending)).code, "ABORT_ERR");
    });

    test("ends a stream that nothing was written to", async (t) => {
      const emulator = await useEmulator(t);
      const ending = recordEnding(createUploadStream({ ...emulator.target, key: "k", signal: makeSignal() }));
      await collectGarbage();
      assert.equal((await failure(ending)).code, "ABORT_ERR");
    });

    test("ends a stream whose part, or Complete, is never answered", async (t) => {
      for (const operation of ["UploadPart", "CompleteMultipartUpload"] as const) {
        const emulator = await useEmulator(t);
        emulator.faults.add({ operation, fault: { kind: "stall", where: "request" } });
        const upload = createUploadStream({ ...emulator.target, key: "k", signal: makeSignal() });
        const ending = recordEnding(upload);
        upload.end(seededBytes(MIB));
        // On a slow machine its time may come before.
        await Promise.race([received(emulator, operation), ending.closed]);
        await collectGarbage();
        assert.equal((await failure(ending)).code, "ABORT_ERR");
      }
    });

    test("ends a listing that is half consumed, at the next item", async (t) => {
      const client = await useListing(t);
      const listing = client.listMultipartUploads({ signal: makeSignal(500) });
      assert.equal((await listing.next()).value?.key, "k1");
      await collectGarbage();
      await sleep(550);
      await assert.rejects(listing.next(), ABORTED);
      assert.deepEqual(await listing.next(), { done: true, value: undefined });
    });
  });
}

/** A client of a bucket with a page of two uploads, and another page behind it that never comes. */
async function useListing(t: TestContext): Promise<CosClient> {
  const uploads = ["k1", "k2"].map((key) => `<Upload><Key>${key}</Key><UploadId>id</UploadId></Upload>`);
  const page =
    `<ListMultipartUploadsResult><IsTruncated>true</IsTruncated><NextKeyMarker>k2</NextKeyMarker>` +
    `<NextUploadIdMarker>id</NextUploadIdMarker>${uploads.join("")}</ListMultipartUploadsResult>`;
  const { url } = await serveSockets(t, (socket) =>
    onRequests(socket, ({ requestLine }) => {
      if (!requestLine.includes("key-marker")) socket.write(answer("200 OK", {}, page));
    }),
  );
  return useClient(t, { endpoint: url });
}

const listenersOf = (signal: AbortSignal): number => getEventListeners(signal, "abort").length;

describe("A signal that outlives many streams and calls", () => {
  test("hears of one listener while they run, and of none when they are over", async (t) => {
    const emulator = await useEmulator(t);
    const { signal } = new AbortController();
    const client = useClient(t, emulator.target);
    const uploads = Array.from(
      { length: 30 },
      (_, index): UploadStream =>
        index % 2 === 0
          ? client.createUploadStream({ key: `k${index}`, signal })
          : createUploadStream({ ...emulator.target, key: `k${index}`, signal }),
    );
    const calls = Array.from({ length: 30 }, () => client.putObject({ key: "k", body: BODY, signal }));
    assert.equal(listenersOf(signal), 1);
    for (const upload of uploads) upload.end("x");
    await Promise.all([...uploads.map(({ done }) => done), ...calls]);
    await until(() => uploads.every(({ closed }) => closed), "closed");
    assert.equal(listenersOf(signal), 0);
  });

  test("ends all of them, and no other", async (t) => {
    const client = await useSilentServer(t);
    const controllers = [new AbortController(), new AbortController()] as const;
    const [ended, other] = controllers.map(({ signal }) => [
      ...Object.values(CALLS).map((call) => call(client, signal)),
      client.createUploadStream({ key: "k", signal }).done,
    ]);
    for (const call of other!) call.catch(() => {});
    controllers[0].abort();
    await Promise.all(ended!.map((call) => assert.rejects(call, ABORTED)));
    assert.deepEqual(
      controllers.map(({ signal }) => listenersOf(signal)),
      [0, 1],
    );
    controllers[1].abort();
    await Promise.all(other!.map((call) => assert.rejects(call, ABORTED)));
  });

  test("keeps no listener of a listing that is returned, that throws, or that is left half way", async (t) => {
    const { signal } = new AbortController();
    const client = await useListing(t);
    const returned = client.listMultipartUploads({ signal });
    await returned.next();
    await returned.return();
    assert.equal(listenersOf(signal), 0);
    const thrown = client.listMultipartUploads({ signal });
    await thrown.next();
    await assert.rejects(thrown.throw(new Error("why")), /why/);
    assert.equal(listenersOf(signal), 0);
    await client.listMultipartUploads({ signal }).next();
    assert.equal(listenersOf(signal), 0);
    const failing = useClient(t, { endpoint: "http://127.0.0.1:1", retry: { maxAttempts: 1 } });
    await assert.rejects(failing.listParts({ ...UPLOAD, signal }).next(), { code: "ERR_COS_NETWORK" });
    assert.equal(listenersOf(signal), 0);
    // Nothing is asked for, so nothing listens.
    client.listMultipartUploads({ signal });
    assert.equal(listenersOf(signal), 0);
  });

  test("keeps no listener of a stream that fails, is destroyed, or has not been aborted by it", async (t) => {
    const emulator = await useEmulator(t);
    const { signal } = new AbortController();
    const options = { ...emulator.target, key: "k", signal };
    const failing = createUploadStream({ ...options, credentials: () => Promise.reject(new Error("none")) });
    const uploads = [failing, createUploadStream(options), createUploadStream(options)];
    const endings = uploads.map(recordEnding);
    failing.end("x");
    uploads[1]!.destroy();
    uploads[2]!.destroy(new Error("why"));
    await Promise.all(endings.map(({ closed }) => closed));
    assert.equal(listenersOf(signal), 0);
  });

  test("keeps nothing of what it ended", async (t) => {
    const client = await useSilentServer(t);
    const controller = new AbortController();
    const { signal } = controller;
    const seen: WeakRef<object>[] = [];
    const run = async (): Promise<void> => {
      const upload = client.createUploadStream({ key: "k", signal });
      seen.push(new WeakRef(upload));
      const done = assert.rejects(upload.done, ABORTED);
      upload.write("x");
      await turn();
      controller.abort();
      await done;
      await until(() => upload.closed, "closed");
    };
    await run();
    await turn();
    await collectGarbage();
    assert.equal(seen[0]!.deref(), undefined);
    assert.equal(signal.aborted, true);
  });

  test("is not kept alive by what ran with it", async (t) => {
    const emulator = await useEmulator(t);
    const client = useClient(t, emulator.target);
    const seen: WeakRef<AbortSignal>[] = [];
    const run = async (): Promise<void> => {
      const { signal } = new AbortController();
      seen.push(new WeakRef(signal));
      await client.putObject({ key: "k", body: BODY, signal });
      const upload = client.createUploadStream({ key: "k", signal });
      upload.end("x");
      await upload.done;
      await once(upload, "close");
    };
    await run();
    await until(() => client.stats().streams === 0, "no stream is left");
    await collectGarbage();
    assert.equal(seen[0]!.deref(), undefined);
  });
});

for (const reason of [null, 0, "", false, Number.NaN]) {
  test(`a signal that is aborted with ${inspect(reason)} as its reason ends calls, listings and streams`, async (t) => {
    const client = await useSilentServer(t);
    const controller = new AbortController();
    const { signal } = controller;
    const upload = client.createUploadStream({ key: "k", signal });
    const running = [...Object.values(CALLS).map((call) => call(client, signal)), upload.done];
    upload.write("x");
    setImmediate(() => controller.abort(reason));
    for (const call of running) {
      const error = await call.then(
        () => assert.fail("it succeeded"),
        (error: Error) => error,
      );
      assert.deepEqual([error.name, "cause" in error, error.cause], ["AbortError", true, reason]);
    }
    await assert.rejects(client.headObject({ key: "k", signal }), ABORTED);
    await assert.rejects(client.listParts({ ...UPLOAD, signal }).next(), ABORTED);
    await assert.rejects(client.createUploadStream({ key: "k", signal }).done, ABORTED);
  });
}
