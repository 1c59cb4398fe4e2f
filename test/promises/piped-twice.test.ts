import assert from "node:assert/strict";
import { EventEmitter, once } from "node:events";
import { PassThrough } from "node:stream";
import { describe, test } from "node:test";
import { createUploadStream } from "../../lib/index.ts";
import { useEmulator } from "../support/emulator.ts";
import { failure, recordEnding, success } from "../support/ending.ts";

const key = "object";

const listenersOf = (emitter: EventEmitter): string[] =>
  emitter
    .eventNames()
    .map((name) => `${String(name)} ${emitter.listenerCount(name)}`)
    .sort();

describe("A source that is piped into an upload more than once", () => {
  test("keeps none of its listeners when it has ended", async (t) => {
    const emulator = await useEmulator(t);
    const upload = createUploadStream({ ...emulator.target, key });
    const ending = recordEnding(upload);
    const source = new PassThrough();
    const before = listenersOf(source);
    source.pipe(upload);
    source.pipe(upload);
    source.end("x");
    await success(ending);
    assert.equal(upload.result?.size, 2, "each pipe writes it once");
    assert.deepEqual(listenersOf(source), before);
  });

  test("is watched until it is unpiped as often", async (t) => {
    const emulator = await useEmulator(t);
    const upload = createUploadStream({ ...emulator.target, key });
    const ending = recordEnding(upload);
    const source = new PassThrough();
    const before = listenersOf(source);
    source.pipe(upload);
    source.pipe(upload);
    source.unpipe(upload);
    source.write("x");
    await once(upload, "initiate");
    source.destroy();
    assert.equal((await failure(ending)).code, "ERR_STREAM_PREMATURE_CLOSE");
    assert.deepEqual(listenersOf(source), before);
  });

  test("is not watched any more when it is, and may be piped again", async (t) => {
    const emulator = await useEmulator(t);
    const upload = createUploadStream({ ...emulator.target, key });
    const ending = recordEnding(upload);
    const source = new PassThrough();
    const before = listenersOf(source);
    for (let round = 0; round < 3; round++) {
      source.pipe(upload, { end: false });
      source.pipe(upload, { end: false });
      source.unpipe(upload);
      source.unpipe(upload);
      assert.deepEqual(listenersOf(source), before);
    }
    source.destroy();
    await once(source, "close");
    upload.end("x");
    await success(ending);
  });

  test("keeps none of its listeners when the upload fails", async (t) => {
    const emulator = await useEmulator(t);
    const upload = createUploadStream({ ...emulator.target, key });
    const ending = recordEnding(upload);
    const source = new PassThrough();
    const before = listenersOf(source);
    source.pipe(upload);
    source.pipe(upload);
    source.write("x");
    upload.destroy(new Error("mine"));
    await failure(ending);
    assert.deepEqual(listenersOf(source), before);
    source.destroy();
  });
});

test("An old-style source keeps no listeners of an upload that is over, which says nothing to it", async (t) => {
  const emulator = await useEmulator(t);
  for (const end of ["end", "destroy"] as const) {
    const upload = createUploadStream({ ...emulator.target, key });
    const ending = recordEnding(upload);
    const source = new EventEmitter();
    upload.emit("pipe", source);
    upload.emit("pipe", source);
    upload.write("x");
    upload[end]();
    await ending.closed;
    assert.deepEqual(source.eventNames(), []);
  }
});

test("A source that was destroyed before keeps no listeners", async (t) => {
  const emulator = await useEmulator(t);
  const upload = createUploadStream({ ...emulator.target, key });
  const ending = recordEnding(upload);
  const source = new PassThrough();
  source.destroy();
  await once(source, "close");
  const before = listenersOf(source);
  source.pipe(upload);
  source.pipe(upload);
  assert.equal((await failure(ending)).code, "ERR_STREAM_PREMATURE_CLOSE");
  assert.deepEqual(listenersOf(source), before);
});
