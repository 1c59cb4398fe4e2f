import assert from "node:assert/strict";
import { once } from "node:events";
import { addAbortSignal } from "node:stream";
import { describe, test } from "node:test";
import { CosClient, createUploadStream } from "../../lib/index.ts";
import { MIB, seededBytes } from "../support/bytes.ts";
import { digestOf, operations, storedDigest, useEmulator } from "../support/emulator.ts";
import { count, failure, received, recordEnding, success } from "../support/ending.ts";

const P = MIB;
const always = Number.POSITIVE_INFINITY;

describe("Destroy", () => {
  test("is at once, and close waits for the Abort (rule 11)", async (t) => {
    const emulator = await useEmulator(t);
    emulator.faults.add({ operation: "AbortMultipartUpload", fault: { kind: "latency", milliseconds: 100 } });
    const upload = createUploadStream({ ...emulator.target, key: "object", partSize: P });
    const ending = recordEnding(upload);
    upload.write(seededBytes(P));
    await once(upload, "part");
    upload.destroy(new Error("mine"));
    assert.deepEqual([upload.destroyed, upload.closed, upload.writable], [true, false, false]);
    await received(emulator, "AbortMultipartUpload");
    assert.deepEqual(ending.events, []);
    await failure(ending);
    assert.equal(emulator.uploads().length, 0);
  });

  test("without an error is silent: close, no error, writableAborted (rule 12)", async (t) => {
    const emulator = await useEmulator(t);
    const upload = createUploadStream({ ...emulator.target, key: "object", partSize: P });
    const ending = recordEnding(upload);
    upload.write(seededBytes(P));
    await once(upload, "part");
    upload.destroy();
    await ending.closed;
    assert.deepEqual(ending.events, ["close"]);
    assert.equal(upload.errored, null);
    assert.equal((upload as unknown as { writableAborted: boolean }).writableAborted, true);
  });

  test("twice, and with two errors, ends once with the first (rule 7)", async (t) => {
    const emulator = await useEmulator(t);
    const upload = createUploadStream({ ...emulator.target, key: "object", partSize: P });
    const ending = recordEnding(upload);
    upload.write(seededBytes(P));
    upload.destroy(new Error("first"));
    upload.destroy(new Error("second"));
    assert.equal((await failure(ending)).message, "first");
  });

  test("calls back every write with the error, those that are held back too (rule 9)", async (t) => {
    const emulator = await useEmulator(t);
    emulator.faults.add({
      operation: "UploadPart",
      times: always,
      fault: { kind: "stall", where: "request" },
    });
    const upload = createUploadStream({ ...emulator.target, key: "object", partSize: P, memory: P });
    const ending = recordEnding(upload);
    const heard: unknown[] = [];
    for (let i = 0; i < 4; i++) upload.write(seededBytes(P), (error) => heard.push(error));
    upload.end((error) => heard.push(error));
    await received(emulator, "UploadPart");
    assert.equal(upload.stats().waitingForMemory, true);
    const mine = new Error("mine");
    upload.destroy(mine);
    await failure(ending);
    assert.equal(heard.length, 5);
    const [taken, held, ...others] = heard;
    assert.equal(taken ?? undefined, undefined, "the first was taken");
    assert.equal(held, mine);
    for (const error of others) assert.ok(error instanceof Error);
  });

  test("before anything was written asks nothing of COS (rule 14)", async (t) => {
    const emulator = await useEmulator(t);
    const upload = createUploadStream({ ...emulator.target, key: "object" });
    const ending = recordEnding(upload);
    upload.destroy();
    await ending.closed;
    assert.deepEqual(operations(emulator), []);
  });

  test("during Initiate waits for its answer, so that the upload can be aborted", async (t) => {
    const emulator = await useEmulator(t);
    emulator.faults.add({
      operation: "InitiateMultipartUpload",
      fault: { kind: "latency", milliseconds: 100 },
    });
    const upload = createUploadStream({ ...emulator.target, key: "object" });
    const ending = recordEnding(upload);
    upload.write("x");
    await received(emulator, "InitiateMultipartUpload");
    upload.destroy();
    await ending.closed;
    assert.deepEqual(operations(emulator), ["InitiateMultipartUpload", "AbortMultipartUpload"]);
  });

  test("in each of the upload's own listeners is as anywhere else (rule 27)", async (t) => {
    for (const event of ["initiate", "part", "progress", "retry"] as const) {
      await t.test(event, async (t) => {
        const emulator = await useEmulator(t);
        emulator.faults.add({ partNumber: 2, fault: { kind: "error", statusCode: 503 } });
        const upload = createUploadStream({ ...emulator.target, key: "object", partSize: P });
        const ending = recordEnding(upload);
        upload.once(event, () => upload.destroy(new Error("mine")));
        upload.write(seededBytes(2 * P));
        assert.equal((await failure(ending)).message, "mine");
      });
    }
  });

  test("by `await using` ends an upload that did not finish, and leaves alone one that did (rule 29)", async (t) => {
    const emulator = await useEmulator(t);
    {
      await using upload = createUploadStream({ ...emulator.target, key: "left", partSize: P });
      upload.write(seededBytes(P));
      await once(upload, "part");
    }
    assert.equal(emulator.uploads().length, 0);
    {
      await using upload = createUploadStream({ ...emulator.target, key: "finished" });
      upload.end("x");
      await upload.done;
    }
    assert.deepEqual(
      emulator.objects().map(({ key }) => key),
      ["finished"],
    );
    await using closed = createUploadStream({ ...emulator.target, key: "closed" });
    closed.end();
    await once(closed, "close");
  });
});

describe("The signal", () => {
  test("that is aborted already ends the stream before it begins (rule 13)", async (t) => {
    const emulator = await useEmulator(t);
    const reason = new Error("why");
    const upload = createUploadStream({
      ...emulator.target,
      key: "object",
      signal: AbortSignal.abort(reason),
    });
    const ending = recordEnding(upload);
    upload.end("x");
    const error = await failure(ending);
    assert.deepEqual([error.name, error.code, error.cause], ["AbortError", "ABORT_ERR", reason]);
    assert.deepEqual(operations(emulator), []);
  });

  test("ends an upload whose source is silent (Azure/azure-sdk-for-js#32028)", async (t) => {
    const emulator = await useEmulator(t);
    const controller = new AbortController();
    const upload = createUploadStream({ ...emulator.target, key: "object", signal: controller.signal });
    const ending = recordEnding(upload);
    upload.write("a first byte");
    await once(upload, "initiate");
    controller.abort();
    assert.equal((await failure(ending)).code, "ABORT_ERR");
  });

  test("ends the wait before a retry", async (t) => {
    const emulator = await useEmulator(t);
    emulator.faults.add({
      operation: "UploadPart",
      times: always,
      fault: { kind: "error", statusCode: 503, headers: { "Retry-After": "600" } },
    });
    const controller = new AbortController();
    const retry = { maxDelay: 600_000 };
    const { signal } = controller;
    const upload = createUploadStream({ ...emulator.target, key: "object", partSize: P, signal, retry });
    const ending = recordEnding(upload);
    upload.once("retry", ({ delay }) => {
      assert.equal(delay, 600_000);
      controller.abort();
    });
    upload.end(seededBytes(P));
    assert.equal((await failure(ending)).code, "ABORT_ERR");
  });

  test("that aborts after finish is not heard, and keeps no listener", async (t) => {
    const emulator = await useEmulator(t);
    const controller = new AbortController();
    let listeners = 0;
    const { signal } = controller;
    const add = signal.addEventListener.bind(signal);
    const remove = signal.removeEventListener.bind(signal);
    signal.addEventListener = (...args: Parameters<typeof add>) => {
      listeners += 1;
      add(...args);
    };
    signal.removeEventListener = (...args: Parameters<typeof remove>) => {
      listeners -= 1;
      remove(...args);
    };
    const upload = createUploadStream({ ...emulator.target, key: "object", partSize: P, signal });
    const ending = recordEnding(upload);
    upload.end(seededBytes(3 * P));
    await success(ending);
    assert.equal(listeners, 0);
    controller.abort();
    assert.equal(upload.errored, null);
  });

  test("of addAbortSignal works too, its reason the error's cause", async (t) => {
    const emulator = await useEmulator(t);
    const controller = new AbortController();
    const upload = addAbortSignal(
      controller.signal,
      createUploadStream({ ...emulator.target, key: "object", partSize: P }),
    );
    const ending = recordEnding(upload);
    upload.write(seededBytes(P));
    await once(upload, "part");
    const reason = new Error("why");
    controller.abort(reason);
    const error = await failure(ending);
    assert.deepEqual([error.name, error.cause], ["AbortError", reason]);
  });

  test("of one stream ends that stream alone (ali-sdk/ali-oss#1242)", async (t) => {
    const emulator = await useEmulator(t);
    await using client = new CosClient(emulator.target);
    const controller = new AbortController();
    const ended = client.createUploadStream({ key: "ended", partSize: P, signal: controller.signal });
    const other = client.createUploadStream({ key: "other", partSize: P });
    const endings = [recordEnding(ended), recordEnding(other)] as const;
    const bytes = seededBytes(3 * P);
    ended.write(bytes);
    other.write(bytes);
    await once(ended, "part");
    controller.abort();
    assert.equal((await failure(endings[0])).code, "ABORT_ERR");
    other.end();
    await success(endings[1]);
    assert.equal(await storedDigest(emulator, "other"), digestOf(bytes));
  });
});

test("The stream's properties are right at each moment (rule 24)", async (t) => {
  const emulator = await useEmulator(t);
  const upload = createUploadStream({ ...emulator.target, key: "object", partSize: P });
  const seen: boolean[][] = [];
  const look = (): void => {
    const { writable, writableEnded, writableFinished, destroyed, closed } = upload;
    seen.push([writable, writableEnded, writableFinished, destroyed, closed]);
  };
  look();
  upload.on("finish", look).on("close", look);
  upload.end(seededBytes(P));
  look();
  await once(upload, "close");
  assert.deepEqual(seen, [
    [true, false, false, false, false],
    [false, true, false, false, false],
    [false, true, true, false, false],
    [false, true, true, true, true],
  ]);
  assert.equal(upload.errored, null);
  assert.equal(count(emulator, "CompleteMultipartUpload"), 1);
});
