import assert from "node:assert/strict";
import { once } from "node:events";
import { describe, test } from "node:test";
import { prepareUpload } from "../../lib/client/upload-setup.ts";
import type { Emulator } from "../../lib/emulator/index.ts";
import {
  CosClient,
  CosUploadError,
  createUploadStream,
  type UploadStream,
  type UploadStreamOptions,
} from "../../lib/index.ts";
import { sendPart } from "../../lib/upload/send-part.ts";
import { MIB, seededBytes } from "../support/bytes.ts";
import { useClock } from "../support/clock.ts";
import { operations, useEmulator } from "../support/emulator.ts";
import { count, failure, received, recordEnding, success, until } from "../support/ending.ts";

const P = MIB;
const key = "object";
const always = Number.POSITIVE_INFINITY;
const retry = { maxAttempts: 3, baseDelay: 1, maxDelay: 5 };

function start(emulator: Emulator, options: Partial<UploadStreamOptions> = {}): UploadStream {
  return createUploadStream({ ...emulator.target, key, partSize: P, concurrency: 2, retry, ...options });
}

describe("Cleaning up", () => {
  test("aborts again when parts that were cut off came in behind the Abort (aws/aws-sdk-js-v3#7322)", async (t) => {
    const emulator = await useEmulator(t);
    const stall = { kind: "stall", where: "request" } as const;
    emulator.faults.add({ operation: "UploadPart", times: always, fault: stall });
    // An Abort that says yes while the upload, as far as a listing shows, lives on.
    const empty = { kind: "error", statusCode: 204, body: "" } as const;
    emulator.faults.add({ operation: "AbortMultipartUpload", fault: empty });
    const upload = start(emulator);
    const ending = recordEnding(upload);
    upload.write(seededBytes(2 * P));
    await received(emulator, "UploadPart", 2);
    upload.destroy();
    await ending.closed;
    assert.deepEqual(operations(emulator).slice(-4), [
      "AbortMultipartUpload",
      "ListParts",
      "AbortMultipartUpload",
      "ListParts",
    ]);
    assert.deepEqual(ending.warnings, []);
  });

  test("does not look again when no part was cut off", async (t) => {
    const emulator = await useEmulator(t);
    const upload = start(emulator);
    const ending = recordEnding(upload);
    upload.write(seededBytes(P));
    await once(upload, "part");
    upload.destroy();
    await ending.closed;
    assert.deepEqual(operations(emulator), ["InitiateMultipartUpload", "UploadPart", "AbortMultipartUpload"]);
  });

  test("retries an Abort that is not answered well", async (t) => {
    const emulator = await useEmulator(t);
    emulator.faults.add({ operation: "AbortMultipartUpload", fault: { kind: "error", statusCode: 503 } });
    emulator.faults.add({ operation: "AbortMultipartUpload", fault: { kind: "lost-answer" } });
    const upload = start(emulator);
    const ending = recordEnding(upload);
    upload.write(seededBytes(P));
    await once(upload, "part");
    upload.destroy();
    await ending.closed;
    assert.equal(count(emulator, "AbortMultipartUpload"), 3);
    assert.deepEqual(ending.warnings, []);
  });

  test("of an upload that somebody else aborted is no failure of its own", async (t) => {
    const emulator = await useEmulator(t);
    emulator.faults.add({
      operation: "AbortMultipartUpload",
      fault: { kind: "error", statusCode: 404, code: "NoSuchUpload" },
    });
    const upload = start(emulator, { leavePartsOnError: false });
    const ending = recordEnding(upload);
    upload.write(seededBytes(P));
    await once(upload, "part");
    upload.destroy();
    await ending.closed;
    assert.deepEqual(ending.warnings, []);
    emulator.faults.clear();
    await using client = new CosClient(emulator.target);
    await client.abortMultipartUpload({ key, uploadId: upload.uploadId! });
  });
});

describe("Cleaning up does not wait for ever", () => {
  const moments = {
    InitiateMultipartUpload: async (upload: UploadStream, emulator: Emulator): Promise<void> => {
      upload.write("x");
      await received(emulator, "InitiateMultipartUpload");
    },
    AbortMultipartUpload: async (upload: UploadStream): Promise<void> => {
      upload.write(seededBytes(P));
      await once(upload, "part");
    },
    HeadObject: async (upload: UploadStream, emulator: Emulator): Promise<void> => {
      emulator.faults.add({
        operation: "CompleteMultipartUpload",
        fault: { kind: "stall", where: "answer" },
      });
      upload.end(seededBytes(P));
      await until(() => emulator.object(key) !== undefined, "Complete is done, but not answered");
    },
  } as const;
  for (const [operation, reach] of Object.entries(moments)) {
    test(`for ${operation}: the stream closes, and a warning tells what may be left`, async (t) => {
      const emulator = await useEmulator(t, { orphans: operation === "AbortMultipartUpload" ? 1 : 0 });
      emulator.faults.add({
        operation: operation as keyof typeof moments,
        times: always,
        fault: { kind: "stall", where: "request" },
      });
      const upload = start(emulator);
      const ending = recordEnding(upload);
      await reach(upload, emulator);
      const clock = useClock(t);
      upload.destroy(new CosUploadError("MINE", "mine"));
      await received(emulator, operation as keyof typeof moments);
      await clock.pass(9_999);
      assert.equal(upload.closed, false);
      await clock.pass(1);
      const error = await failure(ending);
      assert.equal(error.code, "MINE");
      const codes = ending.warnings.map(({ code }) => code);
      // Gone is the upload in the last case; whether the object is there, nobody could find out.
      assert.deepEqual(codes, [operation === "HeadObject" ? "ERR_COS_OUTCOME" : "ERR_COS_CLEAN_UP"]);
      assert.equal(error.outcome, operation === "HeadObject" ? "unknown" : undefined);
    });
  }
});

test("An Initiate whose answer was lost is made again, with a warning of the upload that nobody knows", async (t) => {
  const emulator = await useEmulator(t, { orphans: 1 });
  emulator.faults.add({ operation: "InitiateMultipartUpload", fault: { kind: "lost-answer" } });
  const upload = start(emulator);
  const ending = recordEnding(upload);
  upload.end(seededBytes(P));
  await success(ending);
  assert.equal(count(emulator, "InitiateMultipartUpload"), 2);
  assert.notEqual(emulator.uploads()[0]?.uploadId, upload.uploadId);
  assert.deepEqual(
    ending.warnings.map(({ code, uploadId }) => [code, uploadId]),
    [["ERR_COS_CLEAN_UP", undefined]],
  );
});

describe("An upload whose id was damaged on the way is told by a warning", () => {
  // COS has the upload under another id, which nobody knows.
  const damaged = `<InitiateMultipartUploadResult><UploadId>1585130821cbb7df1d11846c0</UploadId></InitiateMultipartUploadResult>`;
  const fault = { kind: "error", statusCode: 200, body: damaged } as const;

  test("when COS does not know it for a part", async (t) => {
    const emulator = await useEmulator(t);
    emulator.faults.add({ operation: "InitiateMultipartUpload", fault });
    const upload = start(emulator);
    const ending = recordEnding(upload);
    upload.end(seededBytes(P));
    assert.equal((await failure(ending)).code, "NoSuchUpload");
    const told = ending.warnings.map(({ code, uploadId }) => [code, uploadId]);
    assert.deepEqual(told, [["ERR_COS_CLEAN_UP", undefined]]);
  });

  for (const [name, options, abortFault] of [
    ["when its parts were to stay", { leavePartsOnError: true }, undefined],
    ["when the Abort is refused", {}, { kind: "error", statusCode: 403, code: "AccessDenied" }],
    ["when the answer to the Abort is lost", {}, { kind: "lost-answer" }],
  ] as const) {
    test(name, async (t) => {
      const emulator = await useEmulator(t);
      emulator.faults.add({ operation: "InitiateMultipartUpload", fault });
      if (abortFault) emulator.faults.add({ operation: "AbortMultipartUpload", fault: abortFault });
      const upload = start(emulator, options);
      const ending = recordEnding(upload);
      upload.end(seededBytes(P));
      assert.equal((await failure(ending)).code, "NoSuchUpload");
      const told = ending.warnings.map(({ code, uploadId }) => [code, uploadId]);
      assert.deepEqual(told, [["ERR_COS_CLEAN_UP", undefined]]);
    });
  }

  test("when COS does not know it for an Abort before any part", async (t) => {
    const emulator = await useEmulator(t);
    emulator.faults.add({ operation: "InitiateMultipartUpload", fault });
    const upload = start(emulator);
    const ending = recordEnding(upload);
    upload.write("x");
    await once(upload, "initiate");
    upload.destroy();
    await ending.closed;
    assert.deepEqual(
      ending.warnings.map(({ code }) => code),
      ["ERR_COS_CLEAN_UP"],
    );
  });

  test("and so is one whose Abort was answered to nobody: before any part was confirmed, it could be either", async (t) => {
    const emulator = await useEmulator(t);
    emulator.faults.add({ operation: "AbortMultipartUpload", fault: { kind: "lost-answer" } });
    const upload = start(emulator);
    const ending = recordEnding(upload);
    upload.write("x");
    await once(upload, "initiate");
    upload.destroy();
    await ending.closed;
    assert.equal(count(emulator, "AbortMultipartUpload"), 2);
    assert.deepEqual(
      ending.warnings.map(({ code }) => code),
      ["ERR_COS_CLEAN_UP"],
    );
  });
});

for (const [trouble, fault] of [
  ["was throttled", { kind: "error", statusCode: 503, code: "SlowDown" }],
  ["had an expired token", { kind: "expired-token" }],
] as const) {
  test(`An Initiate that ${trouble} has begun nothing, and warns of nothing`, async (t) => {
    const emulator = await useEmulator(t);
    emulator.faults.add({ operation: "InitiateMultipartUpload", fault });
    const upload = start(emulator);
    const ending = recordEnding(upload);
    upload.end(seededBytes(P));
    await ending.closed;
    assert.deepEqual(ending.warnings, []);
  });
}

test("An Initiate that found no server has begun nothing, and warns of nothing", async (t) => {
  const emulator = await useEmulator(t);
  // Nobody listens at this port of this machine.
  const upload = start(emulator, { endpoint: "http://127.0.0.1:1", retry: { maxAttempts: 2, baseDelay: 1 } });
  const ending = recordEnding(upload);
  upload.end(seededBytes(P));
  assert.equal((await failure(ending)).code, "ERR_COS_NETWORK");
  assert.deepEqual(ending.warnings, []);
});

test("A part that changed in memory after it was digested is not sent again and again", async (t) => {
  // aws/aws-sdk-ruby#2796: BadDigest is retried only while the buffer is what was digested.
  const emulator = await useEmulator(t);
  const options = prepareUpload({ ...emulator.target, key, partSize: P, retry });
  const part = {
    partNumber: 1,
    offset: 0,
    size: 3,
    body: [Buffer.from("abd")],
    md5: "kAFQmDzST7DWlj99KOF/cg==",
    crc64: "3231342946509354535",
  };
  await using client = new CosClient(emulator.target);
  const { uploadId } = await client.initiateMultipartUpload({ key });
  const { signal } = new AbortController();
  await assert.rejects(sendPart(options, uploadId, part, { signal }), {
    code: "ERR_COS_INTEGRITY",
    message: /changed in memory/,
    uploadId,
  });
  assert.equal(count(emulator, "UploadPart"), 1);
  await client.abortMultipartUpload({ key, uploadId });
  await options.connection.transport.close();
});
