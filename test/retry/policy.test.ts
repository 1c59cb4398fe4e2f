import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { CosAbortError, CosIntegrityError, CosServiceError, CosUploadError } from "../../lib/errors.ts";
import { CosNetworkError, CosTimeoutError } from "../../lib/http/network-error.ts";
import { type AttemptHistory, decide, type RetryOptions } from "../../lib/retry/policy.ts";
import { type Remedy, remedyFor } from "../../lib/retry/table.ts";

const OPTIONS: RetryOptions = { maxAttempts: 5, baseDelay: 100, maxDelay: 20_000 };
const FRESH: AttemptHistory = { attempts: 1, retriedStale: false, reauthentications: 0, canFailOver: false };

function service(code: string, statusCode: number, more: { message?: string; retryAfter?: number } = {}) {
  const { message = code, ...rest } = more;
  return new CosServiceError(code, message, { statusCode, operation: "UploadPart", ...rest });
}

const REMEDIES: readonly [code: string, statusCode: number, remedy: Remedy, message?: string][] = [
  ["BadDigest", 400, "retry"],
  ["InvalidDigest", 400, "retry"],
  ["IncompleteBody", 400, "retry"],
  ["EntitySizeNotMatch", 400, "retry"],
  ["RequestTimeout", 400, "retry"],
  ["UserNetworkTooSlow", 400, "retry"],
  ["PathConflict", 409, "retry"],
  ["InternalError", 500, "retry"],
  ["InternalError", 200, "retry"],
  ["KmsInternalException", 500, "retry"],
  ["SlowDown", 503, "retry"],
  ["ServiceUnavailable", 503, "retry"],
  ["KmsFreqControl", 503, "retry"],
  ["HTTP_408", 408, "retry"],
  ["HTTP_429", 429, "retry"],
  ["SomethingNew", 500, "retry"],
  ["HTTP_502", 502, "retry"],
  ["HTTP_503", 503, "retry"],
  ["HTTP_504", 504, "retry"],
  ["ExpiredToken", 400, "reauthenticate"],
  ["RequestTimeTooSkewed", 403, "reauthenticate"],
  ["HTTP_400", 400, "reauthenticate"],
  ["HTTP_403", 403, "reauthenticate"],
  ["AccessDenied", 403, "reauthenticate", "Request has expired"],
  ["AccessDenied", 403, "fail", "Access Denied."],
  ["InvalidAccessKeyId", 403, "fail"],
  ["SignatureDoesNotMatch", 403, "fail"],
  ["PathStyleDomainForbidden", 403, "fail"],
  ["NoSuchBucket", 404, "fail"],
  ["NoSuchUpload", 404, "fail"],
  ["NoSuchKey", 404, "fail"],
  ["HTTP_404", 404, "fail"],
  ["InvalidArgument", 400, "fail"],
  ["MalformedXML", 400, "fail"],
  ["InvalidPart", 400, "fail"],
  ["InvalidPartOrder", 400, "fail"],
  ["EntityTooSmall", 400, "fail"],
  ["EntityTooLarge", 400, "fail"],
  ["KeyTooLong", 400, "fail"],
  ["SSEHeaderNotAllowed", 400, "fail"],
  ["KmsKeyDisabled", 400, "fail"],
  ["PaymentRequired", 402, "fail"],
  ["MethodNotAllowed", 405, "fail"],
  ["UploadConflict", 409, "fail"],
  ["FileAlreadyExists", 409, "fail"],
  ["MissingContentLength", 411, "fail"],
  ["PreconditionFailed", 412, "fail"],
  ["UnavailableForLegalReasons", 451, "fail"],
  ["NotImplemented", 501, "fail"],
  ["HTTP_301", 301, "fail"],
  ["HTTP_307", 307, "fail"],
  ["toString", 400, "fail"],
  ["__proto__", 400, "fail"],
  ["constructor", 500, "retry"],
];

for (const [code, statusCode, remedy, message = "x"] of REMEDIES) {
  test(`the remedy for ${code} (${statusCode}${message === "x" ? "" : `, "${message}"`}) is to ${remedy}`, () => {
    assert.equal(remedyFor({ code, statusCode, message }), remedy);
    assert.equal(decide(service(code, statusCode, { message }), FRESH, OPTIONS, 0.5).action, remedy);
  });
}

test("what went wrong on the way is retried, what cannot get better is not", () => {
  const action = (error: unknown): string => decide(error, FRESH, OPTIONS, 0).action;
  assert.equal(action(new CosNetworkError(new Error("x"), "here", false)), "retry");
  assert.equal(
    action(new CosTimeoutError("here", { givenUp: "deadline" }, { deadline: 5, stall: 0 })),
    "retry",
  );
  assert.equal(action(new CosUploadError("ERR_COS_BAD_RESPONSE", "x")), "retry");
  assert.equal(action(new CosIntegrityError("x", { expected: 1, actual: 2 })), "retry");
  for (const code of ["ERR_COS_CREDENTIALS", "ERR_COS_NO_CREDENTIALS", "ERR_COS_SIGNER", "ERR_COS_CLOSED"]) {
    assert.equal(action(new CosUploadError(code, "x")), "fail");
  }
  assert.equal(action(new CosAbortError("x")), "fail");
  assert.equal(action(new TypeError("a mistake of ours")), "fail");
  assert.equal(action(undefined), "fail");
});

test("attempts end with the last that may be made", () => {
  const action = (attempts: number): string =>
    decide(service("SlowDown", 503), { ...FRESH, attempts }, OPTIONS, 0).action;
  assert.deepEqual([1, 4, 5, 6].map(action), ["retry", "retry", "fail", "fail"]);
});

test("a wait is anywhere between nothing and the doubled bound, and never beyond the longest", () => {
  const input = [
    fc.integer({ min: 1, max: 99 }),
    fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
  ];
  const delays = [fc.integer({ min: 0, max: 5000 }), fc.integer({ min: 0, max: 60_000 })];
  fc.assert(
    fc.property(
      ...(input as [fc.Arbitrary<number>, fc.Arbitrary<number>]),
      ...(delays as never[]),
      (...args) => {
        const [attempts, random, baseDelay, maxDelay] = args as [number, number, number, number];
        const options = { maxAttempts: 100, baseDelay, maxDelay };
        const decision = decide(service("SlowDown", 503), { ...FRESH, attempts }, options, random);
        const bound = Math.min(maxDelay, baseDelay * 2 ** (attempts - 1));
        assert.deepEqual(decision, { action: "retry", delay: Math.floor(random * bound) });
      },
    ),
    { numRuns: 300 },
  );
});

test("the whole range of a wait is used", () => {
  const delay = (random: number): unknown =>
    decide(service("SlowDown", 503), { ...FRESH, attempts: 3 }, OPTIONS, random);
  assert.deepEqual(delay(0), { action: "retry", delay: 0 });
  assert.deepEqual(delay(0.999_999), { action: "retry", delay: 399 });
});

test("Retry-After is the least to wait, as far as the longest wait allows", () => {
  const delay = (retryAfter: number, random = 0): unknown =>
    decide(service("SlowDown", 503, { retryAfter }), FRESH, OPTIONS, random);
  assert.deepEqual(delay(3000), { action: "retry", delay: 3000 });
  assert.deepEqual(delay(20, 0.99), { action: "retry", delay: 99 });
  assert.deepEqual(delay(1e12), { action: "retry", delay: OPTIONS.maxDelay });
});

test("a stale socket is forgiven once, even when there is one attempt only; then it is like any other reset", () => {
  const stale = new CosNetworkError(new Error("x"), "here", true);
  const once = { ...OPTIONS, maxAttempts: 1, isRetryable: () => false };
  assert.equal(decide(stale, FRESH, once, 0).action, "retryStale");
  assert.equal(decide(stale, { ...FRESH, retriedStale: true }, once, 0).action, "fail");
  assert.equal(decide(stale, { ...FRESH, retriedStale: true }, OPTIONS, 0).action, "retry");
});

test("signing anew ends after it did not help twice, and costs no attempt", () => {
  const reauthenticate = (reauthentications: number): string =>
    decide(service("ExpiredToken", 400), { ...FRESH, attempts: 99, reauthentications }, OPTIONS, 0).action;
  assert.deepEqual([0, 1, 2].map(reauthenticate), ["reauthenticate", "reauthenticate", "fail"]);
});

test("`isRetryable` overrules the table, and leaves to it what it does not decide", () => {
  const action = (error: CosUploadError, verdict: boolean | undefined): string =>
    decide(error, FRESH, { ...OPTIONS, isRetryable: () => verdict }, 0).action;
  const [denied, busy] = [service("AccessDenied", 403), service("SlowDown", 503)];
  assert.deepEqual(
    [true, false, undefined].map((verdict) => action(denied, verdict)),
    ["retry", "fail", "fail"],
  );
  assert.deepEqual(
    [true, false, undefined].map((verdict) => action(busy, verdict)),
    ["retry", "fail", "retry"],
  );
});

test("`isRetryable` cannot make more attempts than there are", () => {
  const options = { ...OPTIONS, isRetryable: () => true };
  assert.equal(decide(service("AccessDenied", 403), { ...FRESH, attempts: 5 }, options, 0).action, "fail");
});

test("what can be renewed is not asked of `isRetryable`; what could not be is", () => {
  const error = service("HTTP_403", 403);
  const action = (reauthentications: number, verdict: boolean | undefined): string =>
    decide(error, { ...FRESH, reauthentications }, { ...OPTIONS, isRetryable: () => verdict }, 0).action;
  assert.equal(action(0, false), "reauthenticate");
  assert.deepEqual(
    [true, false, undefined].map((verdict) => action(2, verdict)),
    ["retry", "fail", "fail"],
  );
});

const CAN_FAIL_OVER: AttemptHistory = { ...FRESH, canFailOver: true };
const failOverAfter = (error: unknown, attempts: number, options = OPTIONS) =>
  decide(error, { ...CAN_FAIL_OVER, attempts }, options, 0.5);

test("the last attempt is made at the other host, where there is one, after the wait of any attempt", () => {
  const busy = service("SlowDown", 503);
  assert.deepEqual(
    [1, 3, 4, 5].map((attempts) => failOverAfter(busy, attempts)),
    [
      { action: "retry", delay: 50 },
      { action: "retry", delay: 200 },
      { action: "failOver", delay: 400 },
      { action: "fail" },
    ],
  );
  assert.equal(failOverAfter(busy, 1, { ...OPTIONS, maxAttempts: 2 }).action, "failOver");
  assert.equal(failOverAfter(busy, 1, { ...OPTIONS, maxAttempts: 1 }).action, "fail");
  assert.equal(decide(busy, { ...FRESH, attempts: 4 }, OPTIONS, 0.5).action, "retry");
  assert.equal(failOverAfter(service("AccessDenied", 403), 4).action, "fail");
  assert.equal(failOverAfter(service("ExpiredToken", 400), 4).action, "reauthenticate");
});

test("a redirect is followed by the other host at once, where there is one and an attempt is left", () => {
  for (const status of [301, 302, 307]) {
    assert.deepEqual(failOverAfter(service(`HTTP_${status}`, status), 1), { action: "failOver", delay: 0 });
    assert.equal(failOverAfter(service(`HTTP_${status}`, status), 5).action, "fail");
  }
  assert.equal(failOverAfter(service("HTTP_308", 308), 1).action, "fail");
  const never = { ...OPTIONS, isRetryable: () => false };
  assert.equal(failOverAfter(service("HTTP_301", 301), 1, never).action, "fail");
});

test("codes that are retried are so with any status", () => {
  const retried = REMEDIES.filter(
    ([code, , remedy]) => remedy === "retry" && /^[A-Z][a-z]+([A-Z]|$)/.test(code),
  );
  const codes = retried.map(([code]) => code).filter((code) => code !== "SomethingNew");
  assert.equal(new Set(codes).size, 12);
  for (const code of codes) assert.equal(remedyFor({ code, statusCode: 418, message: "x" }), "retry", code);
});

test("only a denial tells by its message that the signature's time is over", () => {
  const message = "Request has expired";
  assert.equal(remedyFor({ code: "NoSuchKey", statusCode: 404, message }), "fail");
  assert.equal(
    remedyFor({ code: "AccessDenied", statusCode: 403, message: `${message}.` }),
    "reauthenticate",
  );
});

test("what cannot get better of the network fails at once", () => {
  const cause = Object.assign(new Error("x"), { code: "CERT_HAS_EXPIRED" });
  assert.equal(decide(new CosNetworkError(cause, "here", false), FRESH, OPTIONS, 0).action, "fail");
});

test("`isRetryable` is asked about what happened to the request, and about nothing else", () => {
  const action = (error: CosUploadError, verdict: boolean): string =>
    decide(error, FRESH, { ...OPTIONS, isRetryable: () => verdict }, 0).action;
  for (const error of [
    new CosNetworkError(new Error("x"), "here", false),
    new CosTimeoutError("here", { givenUp: "deadline" }, { deadline: 5, stall: 0 }),
    new CosUploadError("ERR_COS_BAD_RESPONSE", "x"),
    new CosIntegrityError("x", { expected: 1, actual: 2 }),
  ]) {
    assert.deepEqual([action(error, true), action(error, false)], ["retry", "fail"], error.code);
  }
  for (const code of ["ERR_COS_CREDENTIALS", "ERR_COS_NO_CREDENTIALS", "ERR_COS_SIGNER", "ERR_COS_CLOSED"]) {
    assert.equal(action(new CosUploadError(code, "x"), true), "fail", code);
  }
});
