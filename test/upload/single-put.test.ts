import assert from "node:assert/strict";
import { pipeline } from "node:stream/promises";
import { describe, test } from "node:test";
import type { Fault } from "../../lib/emulator/index.ts";
import { CosClient, createUploadStream } from "../../lib/index.ts";
import { MIB, readableOf, seededBytes } from "../support/bytes.ts";
import { digestOf, operations, storedDigest, useEmulator } from "../support/emulator.ts";
import { count, failure, received, recordEnding, success, until } from "../support/ending.ts";

const P = MIB;
const always = Number.POSITIVE_INFINITY;
const retry = { maxAttempts: 3, baseDelay: 1, maxDelay: 5 };

describe("An empty stream", () => {
  test("is one Put Object of no bytes, and no multipart upload (aws/aws-sdk-js-v3#6426)", async (t) => {
    // minio/minio-js#1386, aws/aws-cli#4375: never a Complete with an empty list.
    const emulator = await useEmulator(t);
    await using client = new CosClient(emulator.target);
    const upload = client.createUploadStream({ key: "empty", metadata: { a: "b" } });
    const ending = recordEnding(upload);
    upload.end();
    await success(ending);
    const { size, parts, crc64, completed, uploadId } = upload.result!;
    assert.deepEqual([size, parts, crc64, completed, uploadId], [0, [], "0", true, undefined]);
    assert.deepEqual(operations(emulator), ["PutObject"]);
    assert.equal(emulator.object("empty")?.headers["x-cos-meta-a"], "b");
    await pipeline(readableOf(seededBytes(10)), client.createUploadStream({ key: "after" }));
    assert.equal(emulator.object("after")?.size, 10, "the client works on");
  });
});

describe("singlePut", () => {
  for (const memory of [P, 8 * P]) {
    for (const size of [1, P - 1, P, P + 1, 3 * P]) {
      const fits = size <= P;
      test(`with ${size} bytes and ${memory} of memory is ${fits ? "one Put Object" : "a multipart upload"}`, async (t) => {
        const emulator = await useEmulator(t);
        const bytes = seededBytes(size);
        const options = { partSize: P, memory, singlePut: true, concurrency: 1 };
        const upload = createUploadStream({ ...emulator.target, key: "object", ...options });
        const seen: number[] = [];
        upload.on("part", ({ partNumber }) => seen.push(partNumber));
        await pipeline(readableOf(bytes), upload);
        assert.equal(await storedDigest(emulator, "object"), digestOf(bytes));
        assert.equal(count(emulator, "PutObject"), fits ? 1 : 0);
        assert.equal(count(emulator, "InitiateMultipartUpload"), fits ? 0 : 1);
        const numbers = Array.from({ length: Math.ceil(size / P) }, (_, i) => i + 1);
        assert.deepEqual(seen, numbers, "part events either way");
        assert.equal(upload.result?.parts.length, numbers.length);
        assert.equal(upload.result?.etag, `"${emulator.object("object")?.etag}"`);
        assert.equal(upload.uploadId === undefined, fits);
      });
    }
  }

  const mended: Record<string, Fault> = {
    "503": { kind: "error", statusCode: 503 },
    "a reset half way": { kind: "reset", afterBytes: 500_000 },
    "a lost answer": { kind: "lost-answer" },
    "a wrong CRC64": { kind: "wrong-crc64" },
    "a wrong ETag": { kind: "wrong-etag" },
  };
  for (const [name, fault] of Object.entries(mended)) {
    test(`is sent again after ${name}`, async (t) => {
      const emulator = await useEmulator(t);
      emulator.faults.add({ operation: "PutObject", fault });
      const bytes = seededBytes(P);
      const options = { partSize: P, singlePut: true, retry };
      const upload = createUploadStream({ ...emulator.target, key: "object", ...options });
      await pipeline(readableOf(bytes), upload);
      assert.equal(upload.parts[0]?.attempts, 2);
      assert.equal(await storedDigest(emulator, "object"), digestOf(bytes));
    });
  }

  test("whose answers are all lost is found by looking", async (t) => {
    const emulator = await useEmulator(t);
    emulator.faults.add({ operation: "PutObject", times: always, fault: { kind: "lost-answer" } });
    const options = { partSize: P, singlePut: true, retry };
    const upload = createUploadStream({ ...emulator.target, key: "object", ...options });
    const ending = recordEnding(upload);
    upload.end("bytes");
    await success(ending);
    assert.deepEqual(operations(emulator), ["PutObject", "PutObject", "PutObject", "HeadObject"]);
  });

  test("under forbidOverwrite, whose first answer was lost, is a success", async (t) => {
    const emulator = await useEmulator(t);
    emulator.faults.add({ operation: "PutObject", fault: { kind: "lost-answer" } });
    const options = { singlePut: true, forbidOverwrite: true, retry };
    const upload = createUploadStream({ ...emulator.target, key: "object", ...options });
    const ending = recordEnding(upload);
    upload.end("bytes");
    await success(ending);
  });

  test("that is refused fails the stream", async (t) => {
    const emulator = await useEmulator(t);
    emulator.faults.add({
      operation: "PutObject",
      fault: { kind: "error", statusCode: 403, code: "AccessDenied" },
    });
    const upload = createUploadStream({ ...emulator.target, key: "object", singlePut: true });
    const ending = recordEnding(upload);
    upload.end("bytes");
    const error = await failure(ending);
    assert.deepEqual(
      [error.code, error.uploadId, error.outcome],
      ["AccessDenied", undefined, "not-completed"],
    );
  });

  test("that is aborted before its answer is never both stored and unsaid (aws/aws-sdk-js-v3#5109)", async (t) => {
    const emulator = await useEmulator(t);
    for (const [key, fault, outcome] of [
      // All bytes are on their way: nobody can say that COS will not store them yet.
      ["not stored", { kind: "latency", milliseconds: 60_000 }, "unknown"],
      ["stored", { kind: "stall", where: "answer" }, "completed"],
    ] as const) {
      emulator.faults.add({ operation: "PutObject", key, fault });
      const controller = new AbortController();
      const { signal } = controller;
      const upload = createUploadStream({ ...emulator.target, key, singlePut: true, signal });
      const ending = recordEnding(upload);
      upload.end("bytes");
      await received(emulator, "PutObject", key === "stored" ? 2 : 1);
      await until(() => upload.stats().sent === 5, "all bytes are on their way");
      if (key === "stored") await until(() => emulator.object(key) !== undefined, "the object");
      controller.abort();
      assert.equal((await failure(ending)).outcome, outcome);
      assert.equal(emulator.object(key) !== undefined, outcome === "completed");
    }
  });

  test("that is ended before the source's end asks nothing of COS", async (t) => {
    const emulator = await useEmulator(t);
    const upload = createUploadStream({ ...emulator.target, key: "object", partSize: P, singlePut: true });
    const ending = recordEnding(upload);
    upload.write(seededBytes(P));
    upload.destroy();
    await ending.closed;
    assert.deepEqual(operations(emulator), []);
    assert.equal(upload.stats().memoryHeld, 0);
  });
});
