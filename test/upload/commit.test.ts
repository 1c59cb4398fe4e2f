import assert from "node:assert/strict";
import { pipeline } from "node:stream/promises";
import { describe, test } from "node:test";
import type { Emulator, Fault } from "../../lib/emulator/index.ts";
import {
  CosClient,
  CosUploadError,
  createUploadStream,
  type UploadStream,
  type UploadStreamOptions,
} from "../../lib/index.ts";
import { MIB, readableOf, seededBytes } from "../support/bytes.ts";
import { digestOf, operations, storedDigest, useEmulator } from "../support/emulator.ts";
import { count, failure, received, recordEnding, success, until } from "../support/ending.ts";

const P = MIB;
const bytes = seededBytes(2 * P + 5);
const always = Number.POSITIVE_INFINITY;

function start(emulator: Emulator, options: Partial<UploadStreamOptions> = {}): UploadStream {
  return createUploadStream({
    ...emulator.target,
    key: "object",
    partSize: P,
    retry: { maxAttempts: 3, baseDelay: 1, maxDelay: 5 },
    ...options,
  });
}

function completeFails(emulator: Emulator, fault: Fault, times = 1): void {
  emulator.faults.add({ operation: "CompleteMultipartUpload", times, fault });
}

describe("A Complete whose answer is no plain success", { concurrency: 4 }, () => {
  const mended: Record<string, { fault: Fault; completes: number; heads: number }> = {
    // peak/s5cmd#450, tencentyun/cos-java-sdk-v5#96: asked again, COS knows no such upload.
    "is lost after the object was made": { fault: { kind: "lost-answer" }, completes: 2, heads: 1 },
    "is cut after the object was made": { fault: { kind: "truncated-answer" }, completes: 2, heads: 1 },
    "is cut before the object was made": {
      fault: { kind: "truncated-answer", committed: false },
      completes: 2,
      heads: 0,
    },
    // awslabs/aws-c-s3#622: 200 with an <Error> is no success.
    "is 200 with InternalError": {
      fault: { kind: "error-in-200", code: "InternalError" },
      completes: 2,
      heads: 0,
    },
    "has no CRC64": { fault: { kind: "no-crc64" }, completes: 1, heads: 1 },
    "has no ETag": { fault: { kind: "no-etag" }, completes: 1, heads: 1 },
  };
  for (const [name, { fault, completes, heads }] of Object.entries(mended)) {
    test(`that ${name} ends in a verified success`, async (t) => {
      const emulator = await useEmulator(t);
      completeFails(emulator, fault);
      const upload = start(emulator);
      const ending = recordEnding(upload);
      upload.end(bytes);
      await success(ending);
      assert.equal(await storedDigest(emulator, "object"), digestOf(bytes));
      assert.equal(upload.result?.etag, `"${emulator.object("object")?.etag}"`);
      assert.equal(upload.result?.completed, true);
      assert.match(upload.result?.location ?? "", /\/object$/);
      assert.equal(count(emulator, "CompleteMultipartUpload"), completes);
      assert.equal(count(emulator, "HeadObject"), heads);
      assert.deepEqual(ending.warnings, []);
    });
  }

  for (const code of ["InternalError", "ServiceUnavailable"]) {
    test(`that is 200 with ${code} for ever fails and is aborted`, async (t) => {
      const emulator = await useEmulator(t);
      completeFails(emulator, { kind: "error-in-200", code }, always);
      const upload = start(emulator);
      const ending = recordEnding(upload);
      upload.end(bytes);
      const error = await failure(ending);
      assert.deepEqual([error.code, error.outcome, error.uploadId], [code, "not-completed", upload.uploadId]);
      assert.equal(count(emulator, "CompleteMultipartUpload"), 3);
      assert.deepEqual(emulator.objects(), []);
    });
  }

  test("that is lost for ever, with attempts used up, is settled by looking", async (t) => {
    const emulator = await useEmulator(t);
    completeFails(emulator, { kind: "lost-answer" });
    completeFails(emulator, { kind: "reset" }, always);
    const upload = start(emulator);
    const ending = recordEnding(upload);
    upload.end(bytes);
    await success(ending);
    assert.deepEqual(operations(emulator).slice(-2), ["ListParts", "HeadObject"]);
  });

  test("that is lost, where an upload that is over is said to be no such key, is settled by looking", async (t) => {
    // Ceph's RADOS Gateway answers so to a second Complete, and to List Parts.
    const emulator = await useEmulator(t);
    completeFails(emulator, { kind: "lost-answer" });
    completeFails(emulator, { kind: "error", statusCode: 500, code: "InternalError" }, always);
    const noSuchKey: Fault = { kind: "error", statusCode: 404, code: "NoSuchKey" };
    emulator.faults.add({ operation: "ListParts", times: always, fault: noSuchKey });
    const upload = start(emulator);
    const ending = recordEnding(upload);
    upload.end(bytes);
    await success(ending);
    assert.deepEqual(operations(emulator).slice(-2), ["ListParts", "HeadObject"]);
  });

  test("that is 200 with a CRC64 of other bytes is ERR_COS_INTEGRITY", async (t) => {
    // aws/aws-sdk-js#3311, rclone/rclone#1625: the whole is verified, not only its parts.
    const emulator = await useEmulator(t);
    completeFails(emulator, { kind: "wrong-crc64" });
    const upload = start(emulator);
    const ending = recordEnding(upload);
    upload.end(bytes);
    const error = await failure(ending);
    assert.equal(error.code, "ERR_COS_INTEGRITY");
    assert.equal(error.uploadId, upload.uploadId);
    assert.equal(upload.result, undefined);
    for (const { message } of ending.warnings) assert.doesNotMatch(message, /whole and verified/);
  });

  test("that has no CRC64, and a HEAD that shows another object, is ERR_COS_INTEGRITY", async (t) => {
    const emulator = await useEmulator(t);
    completeFails(emulator, { kind: "no-crc64" });
    emulator.faults.add({ operation: "HeadObject", times: always, fault: { kind: "wrong-crc64" } });
    const upload = start(emulator);
    const ending = recordEnding(upload);
    upload.end(bytes);
    assert.equal((await failure(ending)).code, "ERR_COS_INTEGRITY");
  });

  test("of a server that tells no CRC64 anywhere finishes with a warning", async (t) => {
    const emulator = await useEmulator(t);
    emulator.faults.add({
      operation: ["CompleteMultipartUpload", "HeadObject"],
      times: always,
      fault: { kind: "no-crc64" },
    });
    const upload = start(emulator);
    const ending = recordEnding(upload);
    upload.end(bytes);
    await success(ending);
    assert.deepEqual(
      ending.warnings.map(({ code }) => code),
      ["ERR_COS_UNVERIFIED"],
    );
  });

  test("that drips spaces while COS merges settles once, with its result", async (t) => {
    // aws/aws-sdk-js-v3#7729: no timeout of attempts holds for it.
    const emulator = await useEmulator(t, { completeDelay: 1500 });
    const upload = start(emulator, { timeout: { attempt: 500 } });
    const ending = recordEnding(upload);
    upload.end(bytes);
    await success(ending);
    assert.equal(count(emulator, "CompleteMultipartUpload"), 1);
  });

  test("that drips spaces beyond timeout.complete is asked for again, and found done", async (t) => {
    const emulator = await useEmulator(t, { completeDelay: 600 });
    const upload = start(emulator, { timeout: { complete: 300 } });
    const ending = recordEnding(upload);
    upload.end(bytes);
    await success(ending);
    assert.equal(await storedDigest(emulator, "object"), digestOf(bytes));
  });
});

describe("An upload that is ended during Complete", { concurrency: 4 }, () => {
  for (const [name, end] of Object.entries({
    "destroy(err)": (upload: UploadStream) => upload.destroy(new Error("mine")),
    "an aborted signal": (_: UploadStream, controller: AbortController) => controller.abort(),
    "destroy()": (upload: UploadStream) => upload.destroy(),
  })) {
    test(`by ${name}, when COS goes on merging, tells that the object was made`, async (t) => {
      const emulator = await useEmulator(t, { completeDelay: 300 });
      const controller = new AbortController();
      const upload = start(emulator, { signal: controller.signal });
      const ending = recordEnding(upload);
      upload.end(bytes);
      await received(emulator, "CompleteMultipartUpload");
      end(upload, controller);
      await ending.closed;
      assert.deepEqual(ending.events, name === "destroy()" ? ["close"] : ["error", "close"]);
      assert.equal(await storedDigest(emulator, "object"), digestOf(bytes));
      assert.deepEqual(
        ending.warnings.map(({ code, outcome }) => [code, outcome]),
        [["ERR_COS_OUTCOME", "completed"]],
      );
      if (name === "an aborted signal") assert.equal(ending.errors[0]?.outcome, "completed");
      assert.notEqual(await ending.done, "resolved");
    });
  }

  test("before COS began to merge tells that it was not", async (t) => {
    const emulator = await useEmulator(t);
    completeFails(emulator, { kind: "latency", milliseconds: 5000 });
    const controller = new AbortController();
    const upload = start(emulator, { signal: controller.signal });
    const ending = recordEnding(upload);
    upload.end(bytes);
    await received(emulator, "CompleteMultipartUpload");
    controller.abort();
    assert.equal((await failure(ending)).outcome, "not-completed");
    assert.deepEqual(emulator.objects(), []);
    assert.deepEqual(ending.warnings, []);
  });

  test("when COS goes on merging, and its parts are to stay, tells that the outcome is unknown", async (t) => {
    const emulator = await useEmulator(t, { completeDelay: 300 });
    const upload = start(emulator, { leavePartsOnError: true });
    const ending = recordEnding(upload);
    upload.end(bytes);
    await received(emulator, "CompleteMultipartUpload");
    upload.destroy(new CosUploadError("MINE", "mine"));
    // The upload that is still there is one that becomes the object.
    assert.equal((await failure(ending)).outcome, "unknown");
    await until(() => emulator.object("object") !== undefined, "the object");
    assert.deepEqual(
      ending.warnings.map(({ code, outcome }) => [code, outcome]),
      [["ERR_COS_OUTCOME", "unknown"]],
    );
  });

  test("and cannot be looked at tells that the outcome is unknown", async (t) => {
    const emulator = await useEmulator(t);
    completeFails(emulator, { kind: "stall", where: "answer" });
    const refused: Fault = { kind: "error", statusCode: 403, code: "AccessDenied" };
    emulator.faults.add({ operation: "HeadObject", times: always, fault: refused });
    const controller = new AbortController();
    const upload = start(emulator, { signal: controller.signal });
    const ending = recordEnding(upload);
    upload.end(bytes);
    await received(emulator, "CompleteMultipartUpload");
    await new Promise((resolve) => setTimeout(resolve, 100));
    controller.abort();
    assert.equal((await failure(ending)).outcome, "unknown");
    assert.ok(ending.warnings.some(({ outcome }) => outcome === "unknown"));
  });
});

test("an equal object that was there before does not pass for the one that was not made", async (t) => {
  const emulator = await useEmulator(t);
  await pipeline(readableOf(bytes), start(emulator));
  completeFails(emulator, { kind: "error", statusCode: 503, code: "SlowDown" }, always);
  const upload = start(emulator);
  const ending = recordEnding(upload);
  upload.end(bytes);
  assert.equal((await failure(ending)).code, "SlowDown");
});

test("an equal object behind an Abort is not said to be ours: it may be an older one", async (t) => {
  const emulator = await useEmulator(t);
  await pipeline(readableOf(bytes), start(emulator));
  completeFails(emulator, { kind: "latency", milliseconds: 60_000 });
  const controller = new AbortController();
  const upload = start(emulator, { signal: controller.signal });
  const ending = recordEnding(upload);
  upload.end(bytes);
  await received(emulator, "CompleteMultipartUpload", 2);
  controller.abort();
  assert.equal((await failure(ending)).outcome, "unknown");
});

test("an equal object that somebody else made meanwhile leaves no upload behind under forbidOverwrite", async (t) => {
  const emulator = await useEmulator(t);
  await using client = new CosClient(emulator.target);
  completeFails(emulator, { kind: "error", statusCode: 503, code: "SlowDown" });
  const upload = start(emulator, { forbidOverwrite: true });
  const ending = recordEnding(upload);
  upload.write(bytes);
  upload.once("initiate", async () => {
    await client.putObject({ key: "object", body: bytes });
    upload.end();
  });
  assert.equal((await failure(ending)).code, "FileAlreadyExists");
});

test("forbidOverwrite whose first answer was lost is a success: the object that is there is ours", async (t) => {
  const emulator = await useEmulator(t);
  completeFails(emulator, { kind: "lost-answer" });
  const upload = start(emulator, { forbidOverwrite: true });
  const ending = recordEnding(upload);
  upload.end(bytes);
  await success(ending);
});
