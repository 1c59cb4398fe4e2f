import assert from "node:assert/strict";
import { EventEmitter, once } from "node:events";
import { PassThrough, Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { describe, test } from "node:test";
import { createUploadStream, type UploadStream } from "../../lib/index.ts";
import { MIB, readableOf, seededBytes } from "../support/bytes.ts";
import { digestOf, operations, storedDigest, useEmulator } from "../support/emulator.ts";
import { count, failure, recordEnding, success } from "../support/ending.ts";

const P = MIB;
const bytes = seededBytes(P + 10);

/** A source that says something and then nothing more. */
function silentSource(first: Uint8Array = bytes): Readable {
  const source = new Readable({ read() {} });
  source.push(first);
  return source;
}

describe("A source under plain .pipe()", () => {
  test("that is destroyed ends the upload, which would wait for ever", async (t) => {
    // minio/minio-js#1479
    const emulator = await useEmulator(t);
    const upload = createUploadStream({ ...emulator.target, key: "object", partSize: P });
    const ending = recordEnding(upload);
    const source = silentSource();
    source.pipe(upload);
    await once(upload, "part");
    source.destroy();
    await once(source, "close");
    assert.equal(upload.destroyed, true, "with the source's close");
    assert.equal((await failure(ending)).code, "ERR_STREAM_PREMATURE_CLOSE");
    assert.equal(count(emulator, "CompleteMultipartUpload"), 0);
  });

  test("that was destroyed before it was piped ends the upload at once", async (t) => {
    // minio/minio-js#1448
    const emulator = await useEmulator(t);
    for (const error of [undefined, new Error("before")]) {
      const source = silentSource().on("error", () => {});
      source.destroy(error);
      await new Promise((resolve) => source.once("close", resolve));
      const upload = createUploadStream({ ...emulator.target, key: "object" });
      const ending = recordEnding(upload);
      source.pipe(upload);
      assert.equal((await failure(ending)).code, "ERR_STREAM_PREMATURE_CLOSE");
    }
    assert.deepEqual(operations(emulator), []);
  });

  test("that fails is no unhandled error, and its error the cause of ours", async (t) => {
    // minio/minio-js#1023
    const emulator = await useEmulator(t);
    const upload = createUploadStream({ ...emulator.target, key: "object" });
    const ending = recordEnding(upload);
    const source = silentSource();
    source.pipe(upload);
    await once(upload, "initiate");
    const mine = new Error("mine");
    source.destroy(mine);
    const error = await failure(ending);
    assert.deepEqual([error.code, error.cause, error.uploadId], ["ERR_COS_SOURCE", mine, upload.uploadId]);
  });

  test("that is an old-style stream which closes without end ends the upload", async (t) => {
    const emulator = await useEmulator(t);
    const upload = createUploadStream({ ...emulator.target, key: "object" });
    const ending = recordEnding(upload);
    const source = new EventEmitter();
    upload.emit("pipe", source);
    upload.write("x");
    source.emit("close");
    assert.equal((await failure(ending)).code, "ERR_STREAM_PREMATURE_CLOSE");
  });

  test("that is an old-style stream which ended first, and closes without an unpipe, is let go", async (t) => {
    const emulator = await useEmulator(t);
    const upload = createUploadStream({ ...emulator.target, key: "object" });
    const ending = recordEnding(upload);
    const source = new EventEmitter();
    upload.emit("pipe", source);
    source.emit("end");
    source.emit("close");
    upload.end("x");
    await success(ending);
  });

  test("that ended and is closed afterwards changes nothing", async (t) => {
    const emulator = await useEmulator(t);
    const upload = createUploadStream({ ...emulator.target, key: "object", partSize: P });
    const ending = recordEnding(upload);
    readableOf(bytes).pipe(upload);
    await success(ending);
    assert.equal(await storedDigest(emulator, "object"), digestOf(bytes));
  });

  test("that is unpiped is no longer watched, and another may go on", async (t) => {
    const emulator = await useEmulator(t);
    const upload = createUploadStream({ ...emulator.target, key: "object" });
    const ending = recordEnding(upload);
    const first = silentSource(Buffer.from("first "));
    first.pipe(upload);
    await once(upload, "initiate");
    first.unpipe(upload);
    first.destroy();
    await once(first, "close");
    Readable.from(["second"]).pipe(upload);
    await success(ending);
    assert.equal(upload.result?.size, "first second".length);
  });

  test("with end: false leaves the ending to others", async (t) => {
    const emulator = await useEmulator(t);
    const upload = createUploadStream({ ...emulator.target, key: "object" });
    const ending = recordEnding(upload);
    for (const text of ["first ", "second"]) {
      const source = Readable.from([text]);
      source.pipe(upload, { end: false });
      await once(source, "end");
    }
    upload.end();
    await success(ending);
    assert.equal(upload.result?.size, "first second".length);
  });

  test("keeps none of our listeners, and all of its own", async (t) => {
    const emulator = await useEmulator(t);
    const source = new PassThrough();
    const own = (): void => {};
    for (const name of ["error", "close", "end"]) source.on(name, own);
    const before = ["error", "close", "end", "data"].map((name) => source.listeners(name).length);
    const upload = createUploadStream({ ...emulator.target, key: "object" });
    const ending = recordEnding(upload);
    source.pipe(upload);
    source.end("x");
    await success(ending);
    const after = ["error", "close", "end", "data"].map((name) => source.listeners(name).length);
    assert.deepEqual(after, before);
    assert.ok(source.listeners("error").includes(own));
  });

  test("keeps none of our listeners when the upload fails", async (t) => {
    const emulator = await useEmulator(t);
    const source = silentSource();
    const before = source.eventNames().map((name) => [name, source.listenerCount(name)]);
    const upload = createUploadStream({ ...emulator.target, key: "object" });
    const ending = recordEnding(upload);
    source.pipe(upload);
    upload.destroy(new Error("mine"));
    await failure(ending);
    source.unpipe(upload);
    assert.deepEqual(
      source.eventNames().map((name) => [name, source.listenerCount(name)]),
      before,
    );
    source.destroy();
  });
});

describe("A source under pipeline", () => {
  test("that closes early is ERR_STREAM_PREMATURE_CLOSE, and _final never runs", async (t) => {
    const emulator = await useEmulator(t);
    const upload = createUploadStream({ ...emulator.target, key: "object", partSize: P });
    const source = silentSource();
    upload.once("part", () => source.destroy());
    await assert.rejects(pipeline(source, upload), { code: "ERR_STREAM_PREMATURE_CLOSE" });
    assert.equal(count(emulator, "CompleteMultipartUpload"), 0);
    assert.deepEqual(emulator.uploads(), [], "clean already when pipeline tells");
  });

  test("that was destroyed before is told of at once", async (t) => {
    const emulator = await useEmulator(t);
    const source = silentSource();
    source.destroy();
    const upload = createUploadStream({ ...emulator.target, key: "object" });
    await assert.rejects(pipeline(source, upload), { code: "ERR_STREAM_PREMATURE_CLOSE" });
    assert.deepEqual(operations(emulator), []);
  });

  test("that fails leaves the object as it was (aws/aws-sdk-js#3106)", async (t) => {
    const emulator = await useEmulator(t);
    await pipeline(Readable.from(["old"]), createUploadStream({ ...emulator.target, key: "object" }));
    const mine = new Error("mine");
    const source = Readable.from(
      (async function* () {
        yield bytes;
        throw mine;
      })(),
    );
    const upload = createUploadStream({ ...emulator.target, key: "object", partSize: P });
    await assert.rejects(pipeline(source, upload), mine);
    assert.equal(await storedDigest(emulator, "object"), digestOf(Buffer.from("old")));
  });

  test("is destroyed when the upload fails, a generator's return() included", async (t) => {
    const emulator = await useEmulator(t);
    emulator.faults.add({
      operation: "UploadPart",
      fault: { kind: "error", statusCode: 403, code: "AccessDenied" },
    });
    let returned = false;
    async function* endless(): AsyncGenerator<Buffer> {
      try {
        for (let i = 0; ; i++) yield seededBytes(P, i);
      } finally {
        returned = true;
      }
    }
    const upload = createUploadStream({ ...emulator.target, key: "object", partSize: P });
    await assert.rejects(pipeline(endless, upload), { code: "AccessDenied" });
    assert.ok(returned);
  });
});

test("Ten sources piped in turn cause no listener warning (aws/aws-sdk-js-v3#1728)", async (t) => {
  const emulator = await useEmulator(t);
  const upload: UploadStream = createUploadStream({ ...emulator.target, key: "object", partSize: P });
  const ending = recordEnding(upload);
  for (let i = 0; i < 15; i++) {
    const source = Readable.from([seededBytes(100, i)]);
    source.pipe(upload, { end: false });
    await once(source, "end");
  }
  upload.end();
  await success(ending);
  assert.equal(upload.result?.size, 1500);
});
