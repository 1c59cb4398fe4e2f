import fc from "fast-check";
import type { Fault, FaultRuleOptions, Operation } from "../../lib/emulator/index.ts";
import { KIB, MIB } from "../support/bytes.ts";

const HOUR = 3_600_000;
const ever = Number.MAX_SAFE_INTEGER;

/** What can happen to every request. */
const anywhere: fc.Arbitrary<Fault> = fc.oneof(
  fc.constantFrom<Fault>(
    { kind: "error", statusCode: 500 },
    { kind: "error", statusCode: 503, code: "SlowDown", headers: { "Retry-After": "1" } },
    { kind: "error", statusCode: 503, code: "ServiceUnavailable", early: true },
    {
      kind: "error",
      statusCode: 502,
      body: "<html>",
      contentType: "text/html",
      requestId: false,
      early: true,
    },
    { kind: "error", statusCode: 400, code: "RequestTimeout" },
    { kind: "error", statusCode: 403, code: "AccessDenied" },
    { kind: "reset" },
    { kind: "half-close" },
    { kind: "lost-answer" },
    { kind: "truncated-answer" },
    { kind: "expired-token" },
    { kind: "stall", where: "request" },
    { kind: "stall", where: "answer" },
  ),
  fc
    .constantFrom(-4 * HOUR, 4 * HOUR, 20 * 365 * 24 * HOUR)
    .map((milliseconds): Fault => ({ kind: "clock-skew", milliseconds })),
  fc.integer({ min: 1, max: 300 }).map((milliseconds): Fault => ({ kind: "latency", milliseconds })),
);

/** A proxy or a portal answers in COS's place, before COS has the request or after COS carried it out. */
const foreign: fc.Arbitrary<Fault> = fc.record({
  kind: fc.constant("foreign-answer" as const),
  statusCode: fc.constantFrom(200, 204, 302, 403, 404, 408, 409, 429, 502, 503),
  carriedOut: fc.boolean(),
  headers: fc.constantFrom({}, { ETag: '"62ab7d00-264"', Location: "http://portal.example/" }),
});

const ofBodies: fc.Arbitrary<Fault> = fc.oneof(
  fc.constantFrom<Fault>(
    { kind: "error", statusCode: 400, code: "BadDigest" },
    { kind: "wrong-etag" },
    { kind: "no-etag" },
    { kind: "wrong-crc64" },
    { kind: "no-crc64" },
    { kind: "throttle", bytesPerSecond: 8 * MIB },
  ),
  fc.integer({ min: 0, max: 900 * KIB }).map((afterBytes): Fault => ({ kind: "reset", afterBytes })),
  fc.integer({ min: 0, max: 900 * KIB }).map((afterBytes): Fault => ({ kind: "half-close", afterBytes })),
);

const ofComplete = fc.constantFrom<Fault>(
  { kind: "truncated-answer", committed: false },
  { kind: "error-in-200", code: "InternalError" },
  { kind: "error-in-200", code: "ServiceUnavailable" },
  { kind: "no-etag" },
  { kind: "no-crc64" },
  { kind: "wrong-crc64" },
);

const ofHead = fc.constantFrom<Fault>({ kind: "no-crc64" }, { kind: "wrong-crc64" });

const rule = (operation: Operation, fault: fc.Arbitrary<Fault>): fc.Arbitrary<FaultRuleOptions> =>
  fc.record({
    operation: fc.constant(operation),
    fault,
    skip: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, fc.integer({ min: 0, max: 3 })),
    times: fc.oneof(
      { weight: 6, arbitrary: fc.integer({ min: 1, max: 2 }) },
      { weight: 1, arbitrary: fc.constant(ever) },
    ),
  });

/** What the server does wrong: an emulator's fault script. */
export const faultPlans: fc.Arbitrary<readonly FaultRuleOptions[]> = fc.array(
  fc.oneof(
    { weight: 5, arbitrary: rule("UploadPart", fc.oneof(anywhere, foreign, ofBodies)) },
    { weight: 2, arbitrary: rule("InitiateMultipartUpload", fc.oneof(anywhere, foreign)) },
    { weight: 5, arbitrary: rule("CompleteMultipartUpload", fc.oneof(anywhere, foreign, ofComplete)) },
    { weight: 2, arbitrary: rule("PutObject", fc.oneof(anywhere, foreign, ofBodies)) },
    { weight: 1, arbitrary: rule("AbortMultipartUpload", fc.oneof(anywhere, foreign)) },
    { weight: 1, arbitrary: rule("ListParts", fc.oneof(anywhere, foreign)) },
    { weight: 1, arbitrary: rule("HeadObject", fc.oneof(anywhere, foreign, ofHead)) },
  ),
  { maxLength: 4 },
);
