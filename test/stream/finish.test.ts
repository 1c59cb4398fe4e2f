import assert from "node:assert/strict";
import { once } from "node:events";
import { finished as finishedWithCallback, Writable } from "node:stream";
import { finished, pipeline } from "node:stream/promises";
import { describe, test } from "node:test";
import { createUploadStream, type UploadStream } from "../../lib/index.ts";
import { KIB, MIB, readableOf, seededBytes } from "../support/bytes.ts";
import { digestOf, operations, storedDigest, useEmulator } from "../support/emulator.ts";
import { count, failure, received, recordEnding, success } from "../support/ending.ts";

const P = MIB;
const bytes = seededBytes(P + 10);

describe("Finish", () => {
  test("comes once, after the object exists", async (t) => {
    // nathanpeck/s3-upload-stream#30: twice, and the first too early.
    const emulator = await useEmulator(t, { completeDelay: 100 });
    const upload = createUploadStream({ ...emulator.target, key: "object", partSize: P });
    const ending = recordEnding(upload);
    let atFinish: number | undefined;
    upload.once("finish", () => {
      atFinish = emulator.object("object")?.size;
      assert.equal(upload.result?.size, bytes.length);
    });
    upload.end(bytes);
    await success(ending);
    assert.equal(atFinish, bytes.length);
  });

  test("does not come, and close does, when the stream is destroyed in _final", async (t) => {
    const emulator = await useEmulator(t);
    emulator.faults.add({
      operation: "CompleteMultipartUpload",
      fault: { kind: "latency", milliseconds: 60_000 },
    });
    const upload = createUploadStream({ ...emulator.target, key: "object", partSize: P });
    const ending = recordEnding(upload);
    const ended = new Promise<Error | undefined | null>((resolve) => upload.end(bytes, resolve));
    const [complete] = await received(emulator, "CompleteMultipartUpload");
    upload.destroy();
    await ending.closed;
    assert.deepEqual(ending.events, ["close"]);
    assert.equal(((await ended) as NodeJS.ErrnoException).code, "ERR_STREAM_DESTROYED");
    assert.equal(complete?.aborted, true, "the request is cut");
  });

  test("does not come when _final throws: error does", async (t) => {
    const emulator = await useEmulator(t);
    const upload = createUploadStream({ ...emulator.target, key: "object", partSize: P, expectedSize: 5 });
    const ending = recordEnding(upload);
    upload.end("1234");
    assert.equal((await failure(ending)).code, "ERR_COS_INTEGRITY");
    assert.equal(count(emulator, "CompleteMultipartUpload"), 0);
  });

  test("is followed by close, after which nothing is said", async (t) => {
    const emulator = await useEmulator(t);
    for (const event of ["prefinish", "finish"]) {
      const upload = createUploadStream({ ...emulator.target, key: event, partSize: P });
      const ending = recordEnding(upload);
      upload.once(event, () => upload.destroy(new Error("too late")));
      upload.end(bytes);
      await success(ending);
      assert.equal(upload.errored, null);
      assert.equal(await storedDigest(emulator, event), digestOf(bytes));
    }
  });

  test("and an error cannot both come of a destroy() in the last progress event", async (t) => {
    const emulator = await useEmulator(t);
    const upload = createUploadStream({ ...emulator.target, key: "object", partSize: P });
    const ending = recordEnding(upload);
    upload.on("progress", ({ confirmed, total }) => {
      if (confirmed === total) upload.destroy(new Error("mine"));
    });
    upload.end(bytes);
    const error = await failure(ending);
    assert.equal(error.message, "mine");
    assert.equal(upload.result, undefined);
    assert.equal(emulator.object("object")?.size, bytes.length);
    assert.ok(
      ending.warnings.some(({ outcome }) => outcome === "completed"),
      "and the object, which is there, is told of",
    );
  });

  for (const [name, error] of [
    ["destroy()", undefined],
    ["destroy(err)", new Error("mine")],
  ] as const) {
    for (const moment of ["prefinish", "finish"] as const) {
      test(`is not followed by an error when ${name} comes in ${moment}: the object exists`, async (t) => {
        const emulator = await useEmulator(t);
        const upload = createUploadStream({ ...emulator.target, key: "object", partSize: P });
        const ending = recordEnding(upload);
        upload.once(moment, () => upload.destroy(error));
        upload.end(seededBytes(P));
        await success(ending);
        assert.equal(upload.result?.completed, true);
        assert.deepEqual(ending.warnings, []);
      });
    }
  }
});

describe("Finished() of node:stream", () => {
  const endings: Record<string, { end(upload: UploadStream): void; code: string | undefined }> = {
    success: { end: (upload) => void upload.end("x"), code: undefined },
    "an error": {
      end: (upload) => void upload.destroy(Object.assign(new Error(), { code: "MINE" })),
      code: "MINE",
    },
    "a premature close": { end: (upload) => void upload.destroy(), code: "ERR_STREAM_PREMATURE_CLOSE" },
  };
  for (const [name, { end, code }] of Object.entries(endings)) {
    for (const already of [false, true]) {
      test(`tells of ${name}${already ? " of a stream that is closed already" : ""}`, async (t) => {
        const emulator = await useEmulator(t);
        const upload = createUploadStream({ ...emulator.target, key: "object" });
        const ending = recordEnding(upload);
        const heard = (): Promise<NodeJS.ErrnoException | null | undefined> =>
          new Promise((resolve) => finishedWithCallback(upload, resolve));
        const early = already ? undefined : heard();
        end(upload);
        if (already) await ending.closed;
        assert.equal((await (early ?? heard()))?.code, code);
        await ending.closed;
      });
    }
  }
});

describe("End", () => {
  test("takes all its forms: chunk, encoding, callback, and none", async (t) => {
    // nathanpeck/s3-upload-stream#32: end(callback) stopped the upload.
    const emulator = await useEmulator(t);
    const stored: Record<string, number | undefined> = {};
    for (const [key, end] of Object.entries<(upload: UploadStream) => void>({
      "end()": (upload) => void upload.end(),
      "end(callback)": (upload) => void upload.end(() => {}),
      "end(chunk)": (upload) => void upload.end("fff"),
      "end(chunk, callback)": (upload) => void upload.end("fff", () => {}),
      "end(chunk, encoding)": (upload) => void upload.end("ffff", "hex"),
      "end(chunk, encoding, callback)": (upload) => void upload.end("ffff", "hex", () => {}),
      "end(null)": (upload) => void (upload.end as unknown as (chunk: null) => void).call(upload, null),
    })) {
      const upload = createUploadStream({ ...emulator.target, key });
      upload.write("x");
      end(upload);
      await finished(upload);
      stored[key] = emulator.object(key)?.size;
    }
    assert.deepEqual(Object.values(stored), [1, 1, 4, 4, 3, 3, 1]);
  });

  test("calls back when the object exists", async (t) => {
    const emulator = await useEmulator(t, { completeDelay: 50 });
    const upload = createUploadStream({ ...emulator.target, key: "object" });
    await new Promise<void>((resolve) => upload.end(bytes, () => resolve()));
    assert.equal(emulator.object("object")?.size, bytes.length);
    await upload.done;
  });

  test("twice is ERR_STREAM_ALREADY_FINISHED or ERR_STREAM_WRITE_AFTER_END for the second alone", async (t) => {
    const emulator = await useEmulator(t);
    const upload = createUploadStream({ ...emulator.target, key: "object" });
    const ending = recordEnding(upload);
    upload.end("once");
    const second = new Promise<NodeJS.ErrnoException | null | undefined>((resolve) => upload.end(resolve));
    assert.equal((await second)?.code, undefined, "a second end() waits for the first");
    await success(ending);
    const third = new Promise<NodeJS.ErrnoException | null | undefined>((resolve) => upload.end(resolve));
    assert.equal((await third)?.code, "ERR_STREAM_ALREADY_FINISHED");
  });

  test("is followed by no write: ERR_STREAM_WRITE_AFTER_END, and nothing is completed", async (t) => {
    const emulator = await useEmulator(t);
    const upload = createUploadStream({ ...emulator.target, key: "object" });
    const ending = recordEnding(upload);
    upload.end(bytes);
    let heard: NodeJS.ErrnoException | null | undefined;
    upload.write("more", (error) => {
      heard = error;
    });
    assert.equal((await failure(ending)).code, "ERR_STREAM_WRITE_AFTER_END");
    assert.equal(heard?.code, "ERR_STREAM_WRITE_AFTER_END");
    assert.deepEqual(emulator.objects(), []);
  });

  test("after destroy(err) does nothing: no partial object (oven-sh/bun#43134)", async (t) => {
    const emulator = await useEmulator(t);
    const upload = createUploadStream({ ...emulator.target, key: "object", partSize: P });
    const ending = recordEnding(upload);
    upload.write(bytes);
    await once(upload, "part");
    upload.destroy(new Error("mine"));
    const heard = new Promise<NodeJS.ErrnoException | null | undefined>((resolve) => upload.end(resolve));
    assert.equal((await heard)?.code, "ERR_STREAM_DESTROYED");
    assert.equal((await failure(ending)).message, "mine");
    assert.deepEqual(emulator.objects(), []);
  });
});

describe("A write", () => {
  test("after destroy is ERR_STREAM_DESTROYED", async (t) => {
    const emulator = await useEmulator(t);
    const upload = createUploadStream({ ...emulator.target, key: "object" });
    const ending = recordEnding(upload);
    upload.destroy();
    const heard = new Promise<NodeJS.ErrnoException | null | undefined>((resolve) =>
      upload.write("x", resolve),
    );
    assert.equal((await heard)?.code, "ERR_STREAM_DESTROYED");
    await ending.closed;
    assert.deepEqual(ending.events, ["close"]);
    assert.deepEqual(operations(emulator), []);
  });

  test("callback comes once for each write, in order, and never before write returned", async (t) => {
    const emulator = await useEmulator(t);
    const upload = createUploadStream({ ...emulator.target, key: "object", partSize: P, memory: 2 * P });
    const called: number[] = [];
    for (let i = 0; i < 40; i++) {
      let returned = false;
      upload.write(seededBytes(100 * KIB, i), () => {
        assert.ok(returned);
        called.push(i);
      });
      returned = true;
    }
    upload.end();
    await finished(upload);
    assert.deepEqual(called, [...Array(40).keys()]);
  });
});

test("The stream works without an instanceof of Node's own Writable, as in pipeline (4.1)", async (t) => {
  const emulator = await useEmulator(t);
  const upload = createUploadStream({ ...emulator.target, key: "object", partSize: P });
  assert.equal(upload instanceof (Writable as unknown as new () => object), false);
  await pipeline(readableOf(bytes), upload);
  assert.equal(await storedDigest(emulator, "object"), digestOf(bytes));
});
