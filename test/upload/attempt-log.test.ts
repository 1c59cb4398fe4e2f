import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { CallContext } from "../../lib/cos/execute.ts";
import { CosServiceError, CosUploadError } from "../../lib/errors.ts";
import { AttemptLog, between } from "../../lib/upload/attempt-log.ts";

const { signal } = new AbortController();
const LATE = new CosUploadError("ERR_COS_TIMEOUT", "late");
const REFUSED = new CosServiceError("AccessDenied", "no", { statusCode: 403, operation: "PutObject" });

function retries(log: AttemptLog, attempt: number, error: CosUploadError): void {
  log.context.onRetry?.({ attempt, delay: 0, error, operation: "PutObject" });
}

describe("Attempts at a request", () => {
  test("are in doubt from the first that was fully sent and not refused, whatever comes after it", () => {
    const log = new AttemptLog({ signal });
    log.context.onFullySent?.();
    retries(log, 1, LATE);
    log.context.onFullySent?.();
    log.failed(REFUSED);
    assert.deepEqual([log.doubt, log.attempts, log.attempt.meaning], [{ error: LATE }, 2, "in doubt"]);
  });

  test("were not carried out when each was refused, or not fully sent", () => {
    const log = new AttemptLog({ signal });
    log.context.onFullySent?.();
    retries(log, 1, REFUSED);
    retries(log, 2, LATE);
    log.failed(LATE);
    assert.deepEqual([log.doubt, log.attempts, log.attempt.meaning], [undefined, 3, "not carried out"]);
    assert.notEqual(log.attempt.firstSent, undefined);
  });

  test("of which none was fully sent have no beginning", () => {
    const log = new AttemptLog({ signal });
    log.failed(LATE);
    assert.deepEqual(log.attempt, {
      meaning: "not carried out",
      firstSent: undefined,
      versionIds: new Set(),
    });
  });

  test("began with the first that was fully sent", () => {
    const log = new AttemptLog({ signal });
    log.context.onFullySent?.();
    const { firstSent } = log.attempt;
    retries(log, 1, LATE);
    log.context.onFullySent?.();
    assert.equal(log.attempt.firstSent, firstSent);
  });

  test("give the version ids of their answers, but not the one of a bucket without versions", () => {
    const log = new AttemptLog({ signal });
    for (const id of ["a", "null", "b"]) log.context.onHeaders?.({ "x-cos-version-id": id });
    log.context.onHeaders?.({ etag: "x" });
    assert.deepEqual([...log.attempt.versionIds], ["a", "b"]);
  });

  test("are reported to the context of the call as well", () => {
    const calls: string[] = [];
    const context: CallContext = {
      signal,
      onFullySent: () => calls.push("sent"),
      onHeaders: () => calls.push("headers"),
      onRetry: () => calls.push("retry"),
    };
    const log = new AttemptLog(context);
    log.context.onFullySent?.();
    log.context.onHeaders?.({});
    retries(log, 1, LATE);
    assert.deepEqual(calls, ["sent", "headers", "retry"]);
  });
});

test("The time between two moments is what both clocks say: one stands still in sleep, the other may be set", () => {
  const from = { steady: 1000, wall: 50_000 };
  assert.deepEqual(between(from, { steady: 1200, wall: 50_200 }), { least: 200, most: 200 });
  assert.deepEqual(between(from, { steady: 1200, wall: 3_650_000 }), { least: 200, most: 3_600_000 });
  assert.deepEqual(between(from, { steady: 1200, wall: 40_000 }), { least: -10_000, most: 200 });
});
