import assert from "node:assert/strict";
import { describe, type TestContext, test } from "node:test";
import type { Emulator } from "../../lib/emulator/index.ts";
import {
  CosClient,
  createUploadStream,
  type UploadStream,
  type UploadStreamOptions,
} from "../../lib/index.ts";
import { alterAnswers } from "../support/altering-proxy.ts";
import { MIB, seededBytes } from "../support/bytes.ts";
import { type UseEmulatorOptions, useEmulator } from "../support/emulator.ts";
import { failure, received, recordEnding, success, until } from "../support/ending.ts";

/**
 * An object that is equal to the stream's proves nothing: it may have been there before. It is ours when it is newer than our first
 * attempt by COS's clock, or has a version id that COS gave us; and never when its attributes are not the ones that we asked for.
 */
const key = "object";
const P = MIB;
const HOUR = 3_600_000;
const always = Number.POSITIVE_INFINITY;
const retry = { maxAttempts: 3, baseDelay: 1, maxDelay: 5 };
const PUT = { operation: "PutObject" } as const;
const COMPLETE = { operation: "CompleteMultipartUpload" } as const;

const bodies = { "a stream of one part": Buffer.from("bytes"), "an empty stream": Buffer.alloc(0) };

/** An emulator whose clock can be moved, an hour before now at first. */
async function useMovableClock(t: TestContext, options: UseEmulatorOptions = {}) {
  let offset = -HOUR;
  const emulator = await useEmulator(t, { clock: () => Date.now() + offset, ...options });
  const putOlder = async (body: Uint8Array): Promise<void> => {
    await using helper = new CosClient(emulator.target);
    await helper.putObject({ key, body });
    offset = 0;
  };
  return { emulator, putOlder };
}

function start(target: Emulator["target"], options: Partial<UploadStreamOptions> = {}): UploadStream {
  return createUploadStream({ ...target, key, partSize: P, singlePut: true, retry, ...options });
}

async function putWith(emulator: Emulator, body: Uint8Array, contentType: string): Promise<void> {
  await using helper = new CosClient(emulator.target);
  await helper.putObject({ key, body, contentType, metadata: { run: "older" } });
}

describe("An equal object that was there before", () => {
  for (const [what, body] of Object.entries(bodies)) {
    for (const [named, asked] of Object.entries({
      "another content type": { contentType: "text/new", metadata: { run: "older" } },
      "other metadata": { contentType: "text/old", metadata: { run: "newer" } },
      "no metadata": { contentType: "text/old" },
      "no content type": { metadata: { run: "older" } },
      "a cache control": { contentType: "text/old", metadata: { run: "older" }, cacheControl: "no-cache" },
      "another storage class": {
        contentType: "text/old",
        metadata: { run: "older" },
        storageClass: "STANDARD_IA",
      },
      "an encryption": {
        contentType: "text/old",
        metadata: { run: "older" },
        serverSideEncryption: { type: "SSE-COS" },
      },
    } as const)) {
      test(`does not pass for ${what} with ${named} whose requests are all reset`, async (t) => {
        const emulator = await useEmulator(t);
        await putWith(emulator, body, "text/old");
        emulator.faults.add({ ...PUT, times: always, fault: { kind: "reset" } });
        const upload = start(emulator.target, asked);
        const ending = recordEnding(upload);
        upload.end(body);
        const error = await failure(ending);
        assert.deepEqual([error.code, error.outcome], ["ERR_COS_NETWORK", "unknown"]);
        assert.equal(emulator.object(key)?.headers["Content-Type"], "text/old");
      });
    }

    test(`does not pass for ${what} with the same attributes, being older by COS's clock`, async (t) => {
      const { emulator, putOlder } = await useMovableClock(t);
      await putOlder(body);
      emulator.faults.add({ ...PUT, times: always, fault: { kind: "reset" } });
      const upload = start(emulator.target);
      const ending = recordEnding(upload);
      upload.end(body);
      const error = await failure(ending);
      assert.deepEqual([error.code, error.outcome], ["ERR_COS_NETWORK", "unknown"]);
    });

    test(`does not pass for ${what} that stalls and is destroyed`, async (t) => {
      const emulator = await useEmulator(t);
      await putWith(emulator, body, "text/old");
      emulator.faults.add({ ...PUT, fault: { kind: "stall", where: "request" } });
      const upload = start(emulator.target, { contentType: "text/new" });
      const ending = recordEnding(upload);
      upload.end(body);
      await received(emulator, "PutObject", 2);
      upload.destroy();
      await ending.closed;
      assert.deepEqual(
        ending.warnings.map(({ code, outcome }) => [code, outcome]),
        [["ERR_COS_OUTCOME", "unknown"]],
      );
    });

    for (const [hidden, asked] of Object.entries({
      "an ACL": { acl: "private" },
      grants: { grants: { read: 'id="100000000001"' } },
      tags: { tagging: { a: "b" } },
    } as const)) {
      test(`does not pass for ${what} with ${hidden}, which COS does not show, in the same second`, async (t) => {
        const emulator = await useEmulator(t);
        await using helper = new CosClient(emulator.target);
        await helper.putObject({ key, body });
        emulator.faults.add({ ...PUT, times: always, fault: { kind: "reset" } });
        const upload = start(emulator.target, asked);
        const ending = recordEnding(upload);
        upload.end(body);
        assert.equal((await failure(ending)).outcome, "unknown");
      });
    }

    test(`does not pass for ${what} that forbids overwriting it`, async (t) => {
      const { emulator, putOlder } = await useMovableClock(t);
      await putOlder(body);
      emulator.faults.add({ ...PUT, fault: { kind: "reset" } });
      const upload = start(emulator.target, { forbidOverwrite: true });
      const ending = recordEnding(upload);
      upload.end(body);
      const error = await failure(ending);
      assert.deepEqual([error.code, error.outcome], ["FileAlreadyExists", "unknown"]);
    });
  }

  test("does not pass for one that was sent as a Put Object, being made of parts", async (t) => {
    const emulator = await useEmulator(t);
    const made = start(emulator.target, { singlePut: false });
    made.end("bytes");
    await made.done;
    emulator.faults.add({ ...PUT, times: always, fault: { kind: "reset" } });
    const upload = start(emulator.target);
    const ending = recordEnding(upload);
    upload.end("bytes");
    assert.equal((await failure(ending)).outcome, "unknown");
  });

  test("does not pass for a Put Object that was not sent as a whole: that made nothing", async (t) => {
    const emulator = await useEmulator(t);
    const body = seededBytes(8 * P);
    await using helper = new CosClient(emulator.target);
    await helper.putObject({ key, body });
    emulator.faults.add({ ...PUT, times: always, fault: { kind: "reset", afterBytes: P } });
    const upload = start(emulator.target, { partSize: 8 * P });
    const ending = recordEnding(upload);
    upload.end(body);
    assert.equal((await failure(ending)).outcome, "not-completed");
    assert.equal(emulator.requests.at(-1)?.operation, "PutObject", "nobody has to look");
  });
});

describe("An object that COS has at last", () => {
  for (const [what, body] of Object.entries(bodies)) {
    test(`is that of ${what} whose answers were all lost`, async (t) => {
      const { emulator, putOlder } = await useMovableClock(t);
      await putOlder(body);
      emulator.faults.add({ ...PUT, times: always, fault: { kind: "lost-answer" } });
      const upload = start(emulator.target, { contentType: "text/new", metadata: { run: "newer" } });
      const ending = recordEnding(upload);
      upload.end(body);
      await success(ending);
      assert.equal(emulator.object(key)?.headers["x-cos-meta-run"], "newer");
    });
  }

  test("is ours, whatever attributes COS does not show, when it is newer than our first attempt", async (t) => {
    const emulator = await useEmulator(t);
    emulator.faults.add({ ...PUT, times: always, fault: { kind: "lost-answer" } });
    // As if the attempts had taken some seconds.
    const target = await alterAnswers(t, emulator, ({ method, headers }) => {
      const made = Date.parse(String(headers["last-modified"]));
      if (method === "HEAD") headers["last-modified"] = new Date(made + 3000).toUTCString();
    });
    const upload = start(target, { acl: "private" });
    const ending = recordEnding(upload);
    upload.end("bytes");
    await success(ending);
  });

  test("is not known to be ours where the server does not tell its time", async (t) => {
    for (const missing of ["last-modified", "date"]) {
      const emulator = await useEmulator(t);
      emulator.faults.add({ ...PUT, times: always, fault: { kind: "lost-answer" } });
      const target = await alterAnswers(t, emulator, ({ method, headers }) => {
        if (method === "HEAD") headers[missing] = undefined;
      });
      const upload = start(target);
      const ending = recordEnding(upload);
      upload.end("bytes");
      assert.equal((await failure(ending)).outcome, "unknown", missing);
    }
  });
});

describe("A version id that COS gave to an attempt", () => {
  const VERSION = "MTg0NDUxODMyMTE4ODkwMTYxMjY";

  /** Answers as in a bucket with versions, each of which has a wrong CRC64. */
  async function useVersions(
    t: TestContext,
    emulator: Emulator,
    current: string,
  ): Promise<Emulator["target"]> {
    return await alterAnswers(t, emulator, ({ method, headers }) => {
      headers["x-cos-version-id"] = method === "HEAD" ? current : VERSION;
      if (method === "PUT") headers["x-cos-hash-crc64ecma"] = "1";
      // Time alone does not show it.
      if (method === "HEAD") headers["last-modified"] = new Date(0).toUTCString();
    });
  }

  test("shows that the object is ours, whatever its time", async (t) => {
    const emulator = await useEmulator(t);
    const upload = start(await useVersions(t, emulator, VERSION));
    const ending = recordEnding(upload);
    upload.end("bytes");
    await success(ending);
    assert.equal(upload.result?.versionId, VERSION);
  });

  test("shows it although somebody else has made a newer version", async (t) => {
    const emulator = await useEmulator(t);
    const target = await alterAnswers(t, emulator, ({ method, path, headers }) => {
      headers["x-cos-version-id"] = VERSION;
      if (method === "PUT") headers["x-cos-hash-crc64ecma"] = "1";
      if (method !== "HEAD" || path.includes(`?versionId=${VERSION}`)) return;
      headers["x-cos-version-id"] = "MTg0NDUxODMyMTE4ODkwMTYxMjc";
      headers["x-cos-hash-crc64ecma"] = "2";
    });
    const upload = start(target);
    const ending = recordEnding(upload);
    upload.end("bytes");
    await success(ending);
    assert.equal(upload.result?.versionId, VERSION);
  });

  for (const [whose, current] of [
    ["another version", "MTg0NDUxODMyMTE4ODkwMTYxMjc"],
    ["the one of a bucket whose versioning is suspended", "null"],
  ] as const) {
    test(`does not show it of ${whose}`, async (t) => {
      const emulator = await useEmulator(t);
      const upload = start(await useVersions(t, emulator, current));
      const ending = recordEnding(upload);
      upload.end("bytes");
      assert.equal((await failure(ending)).outcome, "unknown");
    });
  }
});

describe("A multipart upload whose Complete was reset", () => {
  const bytes = seededBytes(2 * P + 5);

  /** Uploads until Complete, whose requests are all reset; then somebody else ends the upload. */
  async function lose(target: Emulator["target"], emulator: Emulator, abort: boolean) {
    const reset = emulator.faults.add({
      ...COMPLETE,
      times: always,
      fault: { kind: "stall", where: "request" },
    });
    const upload = start(target, { singlePut: false });
    const ending = recordEnding(upload);
    upload.end(bytes);
    await until(() => emulator.requests.some(({ fault }) => fault === "stall"), "Complete");
    emulator.faults.add({ ...COMPLETE, fault: { kind: "reset" } });
    await using helper = new CosClient(emulator.target);
    if (abort) await helper.abortMultipartUpload({ key, uploadId: upload.uploadId! });
    reset.remove();
    return { upload, ending };
  }

  async function makeOlder(emulator: Emulator): Promise<void> {
    const older = start(emulator.target, { singlePut: false });
    older.end(bytes);
    await older.done;
  }

  test("and which somebody aborted did not make the equal object that is older", async (t) => {
    let offset = -HOUR;
    const emulator = await useEmulator(t, { clock: () => Date.now() + offset });
    await makeOlder(emulator);
    offset = 0;
    const { ending } = await lose(emulator.target, emulator, true);
    const error = await failure(ending);
    assert.deepEqual([error.code, error.outcome], ["NoSuchUpload", "unknown"]);
  });

  test("and which somebody aborted did not make an equal object that was sent as one", async (t) => {
    const emulator = await useEmulator(t);
    await using helper = new CosClient(emulator.target);
    await helper.putObject({ key, body: bytes });
    const { ending } = await lose(emulator.target, emulator, true);
    const error = await failure(ending);
    assert.deepEqual([error.code, error.outcome], ["NoSuchUpload", "unknown"]);
  });

  test("and whose Abort was lost may have been ended by either", async (t) => {
    const emulator = await useEmulator(t);
    await makeOlder(emulator);
    emulator.faults.add({ ...COMPLETE, times: always, fault: { kind: "reset" } });
    emulator.faults.add({ operation: "AbortMultipartUpload", fault: { kind: "lost-answer" } });
    const upload = start(emulator.target, { singlePut: false });
    const ending = recordEnding(upload);
    upload.end(bytes);
    assert.equal((await failure(ending)).outcome, "unknown");
  });
});
