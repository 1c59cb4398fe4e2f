import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Emulator, Fault, Operation } from "../../lib/emulator/index.ts";
import { CosUploadError, createUploadStream, type UploadStreamOptions } from "../../lib/index.ts";
import { MIB, seededBytes } from "../support/bytes.ts";
import { useEmulator } from "../support/emulator.ts";
import { count, failure, recordEnding } from "../support/ending.ts";

/** Requests that COS refuses, or never answers well, for ever: aws/aws-sdk-js-v3#8299, minio/minio-js#1023. */
const P = MIB;
const quick = { maxAttempts: 3, baseDelay: 1, maxDelay: 5 };
/** Long enough for answers of a busy machine, short enough for those that never come. */
const timeout = { attempt: 1000, complete: 1000 };
const always = Number.POSITIVE_INFINITY;

function startUpload(emulator: Emulator, options: Partial<UploadStreamOptions> = {}) {
  const upload = createUploadStream({
    ...emulator.target,
    key: "object",
    partSize: P,
    concurrency: 2,
    retry: quick,
    ...options,
  });
  const ending = recordEnding(upload);
  return { upload, ending };
}

const kinds: Record<string, { fault: Fault; code: string; attempts: number }> = {
  "a 403": {
    fault: { kind: "error", statusCode: 403, code: "AccessDenied" },
    code: "AccessDenied",
    attempts: 1,
  },
  "an early 403": {
    fault: { kind: "error", statusCode: 403, code: "AccessDenied", early: true },
    code: "AccessDenied",
    attempts: 1,
  },
  "a 404": {
    fault: { kind: "error", statusCode: 404, code: "NoSuchBucket" },
    code: "NoSuchBucket",
    attempts: 1,
  },
  "503 for ever": {
    fault: { kind: "error", statusCode: 503, code: "SlowDown" },
    code: "SlowDown",
    attempts: 3,
  },
  "resets for ever": { fault: { kind: "reset" }, code: "ERR_COS_NETWORK", attempts: 3 },
  "answers that never come": {
    fault: { kind: "stall", where: "request" },
    code: "ERR_COS_TIMEOUT",
    attempts: 3,
  },
  "a proxy's page": {
    fault: { kind: "error", statusCode: 200, body: "<html>", contentType: "text/html", requestId: false },
    code: "ERR_COS_BAD_RESPONSE",
    attempts: 3,
  },
};

for (const operation of ["InitiateMultipartUpload", "UploadPart", "CompleteMultipartUpload"] as const) {
  describe(`${operation} that is answered by`, { concurrency: 4 }, () => {
    for (const [name, { fault, code, attempts }] of Object.entries(kinds)) {
      test(`${name} fails the upload once and leaves no parts`, async (t) => {
        const emulator = await useEmulator(t);
        emulator.faults.add({
          operation,
          ...(operation === "UploadPart" && { partNumber: 2 }),
          times: always,
          fault,
        });
        const { upload, ending } = startUpload(emulator, fault.kind === "stall" ? { timeout } : {});
        upload.end(seededBytes(3 * P + 1));
        const error = await failure(ending);
        assert.equal(error.code, code);
        assert.ok(error instanceof CosUploadError);
        assert.equal(error.uploadId, upload.uploadId);
        assert.equal(upload.uploadId === undefined, operation === "InitiateMultipartUpload");
        assert.equal(error.outcome, operation === "CompleteMultipartUpload" ? "not-completed" : undefined);
        assert.deepEqual(emulator.objects(), []);
        const sent = emulator.requests.filter(
          (entry) => entry.operation === operation && entry.fault === fault.kind,
        );
        // A reset of a socket that had served before is forgiven once, at no charge.
        const most = fault.kind === "reset" ? attempts + 1 : attempts;
        assert.ok(sent.length >= attempts && sent.length <= most, `${sent.length} attempts`);
      });
    }
  });
}

test("a failure is told by every write callback and by end's", async (t) => {
  const emulator = await useEmulator(t);
  emulator.faults.add({
    operation: "UploadPart",
    times: always,
    fault: { kind: "error", statusCode: 403, code: "AccessDenied" },
  });
  const { upload, ending } = startUpload(emulator, { memory: 2 * P });
  const heard: string[] = [];
  for (let i = 0; i < 6; i++)
    upload.write(seededBytes(P), (error) => heard.push(`${i} ${error?.name ?? "taken"}`));
  upload.end((error) => heard.push(`end ${error?.name}`));
  const error = await failure(ending);
  assert.equal(error.code, "AccessDenied");
  assert.equal(heard.length, 7);
  assert.deepEqual(heard.slice(0, 2), ["0 taken", "1 taken"]);
  for (const said of heard.slice(2)) assert.doesNotMatch(said, /taken|undefined/);
});

test("parts stay where leavePartsOnError says so, and the error names the upload", async (t) => {
  const emulator = await useEmulator(t, { orphans: 1 });
  emulator.faults.add({ partNumber: 2, fault: { kind: "error", statusCode: 403, code: "AccessDenied" } });
  const { upload, ending } = startUpload(emulator, { leavePartsOnError: true, concurrency: 1 });
  upload.end(seededBytes(3 * P));
  const error = await failure(ending);
  const [left] = emulator.uploads();
  assert.equal(error.uploadId, left?.uploadId);
  assert.deepEqual(
    left?.parts.map(({ partNumber }) => partNumber),
    [1],
  );
  assert.equal(count(emulator, "AbortMultipartUpload"), 0);
});

test("a part that fails ends the others, and waits for them before it aborts", async (t) => {
  // aws/aws-sdk-js-v3#7322: parts that are stored behind the Abort are billed.
  const emulator = await useEmulator(t);
  emulator.faults.add({ partNumber: 1, fault: { kind: "throttle", bytesPerSecond: 100_000 } });
  emulator.faults.add({ partNumber: 2, fault: { kind: "error", statusCode: 403, code: "AccessDenied" } });
  const { upload, ending } = startUpload(emulator);
  upload.end(seededBytes(3 * P));
  await failure(ending);
  const one = emulator.requests.find((entry) => entry.partNumber === 1);
  assert.ok((one?.bytes ?? P) < P, "cut off");
  const order: Operation[] = emulator.requests.map((entry) => entry.operation);
  const abort = order.indexOf("AbortMultipartUpload");
  assert.ok(abort > order.lastIndexOf("UploadPart"));
  assert.ok(order.indexOf("ListParts") > abort, "looks whether a part came in behind the Abort");
});

test("an Abort that cannot be sent is a warning and never a second error", async (t) => {
  const emulator = await useEmulator(t, { orphans: 1 });
  const denied: Fault = { kind: "error", statusCode: 403, code: "AccessDenied" };
  emulator.faults.add({ operation: ["UploadPart", "AbortMultipartUpload"], times: always, fault: denied });
  const { upload, ending } = startUpload(emulator);
  upload.end(seededBytes(P));
  const error = await failure(ending);
  assert.match(error.message, /UploadPart/);
  assert.deepEqual(
    ending.warnings.map(({ code, uploadId }) => [code, uploadId]),
    [["ERR_COS_CLEAN_UP", upload.uploadId]],
  );
});

test("a warning that nobody listens to harms nobody", async (t) => {
  const emulator = await useEmulator(t, { orphans: 1 });
  emulator.faults.add({
    operation: "AbortMultipartUpload",
    times: always,
    fault: { kind: "error", statusCode: 403, code: "AccessDenied" },
  });
  const { upload } = startUpload(emulator);
  const ending = recordEnding(upload);
  upload.removeAllListeners("warning");
  upload.write(seededBytes(P));
  upload.once("part", () => upload.destroy());
  await ending.closed;
  assert.deepEqual(ending.events, ["close"]);
});
