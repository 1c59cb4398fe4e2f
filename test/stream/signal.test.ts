import assert from "node:assert/strict";
import { once } from "node:events";
import { addAbortSignal } from "node:stream";
import { describe, test } from "node:test";
import { CosClient, createUploadStream } from "../../lib/index.ts";
import { MIB, seededBytes } from "../support/bytes.ts";
import { digestOf, operations, storedDigest, useEmulator } from "../support/emulator.ts";
import { failure, recordEnding, success } from "../support/ending.ts";

const P = MIB;
const always = Number.POSITIVE_INFINITY;

describe("The signal", () => {
  test("that is aborted already ends the stream before it begins", async (t) => {
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
