import assert from "node:assert/strict";
import { AsyncLocalStorage } from "node:async_hooks";
import { once } from "node:events";
import { describe, test } from "node:test";
import { createUploadStream, UploadStream } from "../../lib/index.ts";
import { MIB, seededBytes } from "../support/bytes.ts";
import { runScript } from "../support/child.ts";
import { useEmulator } from "../support/emulator.ts";
import { recordEnding, success } from "../support/ending.ts";

const P = MIB;

describe("Events", () => {
  test("come in order: initiate, parts, the last progress, finish, close", async (t) => {
    const emulator = await useEmulator(t);
    const upload = createUploadStream({ ...emulator.target, key: "object", partSize: P, concurrency: 1 });
    const seen: string[] = [];
    upload.on("initiate", ({ uploadId, resumed }) => {
      assert.deepEqual([uploadId, resumed], [upload.uploadId, false]);
      seen.push("initiate");
    });
    upload.on("part", ({ partNumber }) => seen.push(`part ${partNumber}`));
    upload.on("progress", ({ total }) => total === undefined || seen.push("last progress"));
    for (const name of ["prefinish", "finish", "close"]) upload.on(name, () => seen.push(name));
    upload.end(seededBytes(2 * P + 1));
    await once(upload, "close");
    assert.deepEqual(seen, [
      "initiate",
      "part 1",
      "part 2",
      "part 3",
      "last progress",
      "prefinish",
      "finish",
      "close",
    ]);
  });

  test("have a part's receipt: what COS confirmed, verbatim", async (t) => {
    const emulator = await useEmulator(t);
    const upload = createUploadStream({ ...emulator.target, key: "object", partSize: P });
    const bytes = seededBytes(P + 1);
    upload.end(bytes);
    await upload.done;
    const requests = emulator.requests.filter((entry) => entry.operation === "UploadPart");
    upload.parts.forEach((receipt, i) => {
      const request = requests.find(({ partNumber }) => partNumber === receipt.partNumber);
      const { attempts, skipped, offset, size, md5, etag, requestId, crc64 } = receipt;
      assert.deepEqual([attempts, skipped, offset, size], [1, false, i * P, i === 0 ? P : 1]);
      assert.equal(md5, request?.headers["content-md5"]);
      assert.equal(etag, `"${Buffer.from(md5, "base64").toString("hex")}"`);
      assert.equal(requestId, request?.requestId);
      assert.match(crc64, /^\d+$/);
    });
    assert.equal(upload.result?.crc64, emulator.object("object")?.crc64);
    assert.deepEqual(upload.result?.parts, upload.parts);
  });

  test("retry tells operation, part, attempt, delay and why", async (t) => {
    const emulator = await useEmulator(t);
    emulator.faults.add({ partNumber: 2, times: 2, fault: { kind: "error", statusCode: 503 } });
    const retry = { baseDelay: 1, maxDelay: 5 };
    const upload = createUploadStream({ ...emulator.target, key: "object", partSize: P, retry });
    const retries: unknown[] = [];
    upload.on("retry", ({ operation, partNumber, attempt, delay, error }) => {
      assert.ok(delay >= 0 && delay <= 5);
      retries.push([operation, partNumber, attempt, error.code]);
    });
    upload.end(seededBytes(2 * P));
    await upload.done;
    assert.deepEqual(retries, [
      ["UploadPart", 2, 1, "InternalError"],
      ["UploadPart", 2, 2, "InternalError"],
    ]);
    assert.deepEqual(
      upload.parts.map(({ attempts }) => attempts),
      [1, 3],
    );
  });

  test("run in the async context that the stream was made in", async (t) => {
    const emulator = await useEmulator(t);
    emulator.faults.add({ partNumber: 1, fault: { kind: "error", statusCode: 503 } });
    const storage = new AsyncLocalStorage<string>();
    const upload = storage.run("creator", () =>
      createUploadStream({ ...emulator.target, key: "object", partSize: P, retry: { baseDelay: 1 } }),
    );
    const seen = new Map<string, string | undefined>();
    for (const name of ["initiate", "part", "progress", "retry", "finish", "close"]) {
      upload.on(name, () => seen.set(name, storage.getStore()));
    }
    storage.run("writer", () => upload.end(seededBytes(2 * P)));
    await once(upload, "close");
    assert.deepEqual([...seen.values()], Array(6).fill("creator"));
  });

  test("are not emitted while the stream is constructed, nor missed after it (googleapis/nodejs-storage#2494)", async (t) => {
    const emulator = await useEmulator(t);
    const upload = new UploadStream({ ...emulator.target, key: "object", signal: AbortSignal.abort() });
    const [error] = (await once(upload, "error")) as [Error];
    assert.equal(error.name, "AbortError");
    assert.throws(() => createUploadStream({ ...emulator.target, key: "" }), {
      code: "ERR_COS_INVALID_OPTION",
    });
  });
});

test("a write callback that throws, called when a part gave its memory back, does no harm to the upload", async () => {
  const { code, output, errors } = await runScript(`
    const { startEmulator } = await import("cos-upload-stream/emulator");
    const { createUploadStream } = await import("cos-upload-stream");
    const emulator = await startEmulator();
    const caught = [];
    process.on("uncaughtException", (error) => caught.push(error.message));
    const P = 2 ** 20;
    const upload = createUploadStream({ ...emulator.target, key: "k", partSize: P, memory: P });
    // Held back in its second part until the first is confirmed.
    upload.write(Buffer.alloc(2 * P), () => { throw new Error("thrown"); });
    await new Promise((resolve) => upload.once("part", resolve));
    upload.end(Buffer.alloc(1));
    const { parts } = await upload.done;
    console.log(caught.join(), emulator.object("k").size, parts.length);
    await emulator.close();
  `);
  assert.equal(output.trim(), `thrown ${2 * P + 1} 3`, errors);
  assert.equal(code, 0);
});

describe("A listener that throws", () => {
  for (const event of ["initiate", "part", "progress", "retry"]) {
    test(`in ${event} is an uncaught exception of the program and does no harm to the upload`, async () => {
      const { code, output, errors } = await runScript(`
        const { startEmulator } = await import("cos-upload-stream/emulator");
        const { createUploadStream } = await import("cos-upload-stream");
        const emulator = await startEmulator();
        emulator.faults.add({ partNumber: 1, fault: { kind: "error", statusCode: 503 } });
        const caught = [];
        process.on("uncaughtException", (error) => caught.push(error.message));
        const upload = createUploadStream({ ...emulator.target, key: "k", partSize: 2 ** 20 });
        upload.once("${event}", () => { throw new Error("thrown in ${event}"); });
        upload.end(Buffer.alloc(3 * 2 ** 20));
        await upload.done;
        console.log(caught.join(), emulator.object("k").size, emulator.uploads().length);
        await emulator.close();
      `);
      assert.equal(output.trim(), `thrown in ${event} ${3 * P} 0`, errors);
      assert.equal(code, 0);
    });
  }
});

test("A stream that nobody listens to ends without an unhandled rejection when it is destroyed", async (t) => {
  // tus/tus-node-server#409; `done` is nobody's business unless it is asked for.
  const emulator = await useEmulator(t);
  const upload = createUploadStream({ ...emulator.target, key: "object" });
  upload.write("x");
  upload.destroy();
  await once(upload, "close");
  await assert.rejects(upload.done, { code: "ERR_COS_DESTROYED" });
});

test("A thousand writes, sixty-four slots and many parts cause no listener warning", async (t) => {
  // aws/aws-sdk-js-v3#1828, nodejs/node#47449; ./leaks.ts fails the file on one.
  const emulator = await useEmulator(t);
  const { signal } = new AbortController();
  const options = { partSize: P, concurrency: 64, memory: 20 * P, signal };
  const upload = createUploadStream({ ...emulator.target, key: "object", ...options });
  const ending = recordEnding(upload);
  for (let i = 0; i < 1000; i++) upload.write(seededBytes(25_000, i));
  upload.end();
  await success(ending);
  assert.equal(upload.result?.size, 25_000_000);
});
