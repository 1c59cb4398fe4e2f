import assert from "node:assert/strict";
import { before, test } from "node:test";
import { redactorOf } from "../../../lib/cos/answers/redact.ts";
import { serviceError } from "../../../lib/cos/answers/response.ts";
import { loadXml } from "../../../lib/cos/answers/xml.ts";
import type { CosRequest } from "../../../lib/cos/request.ts";

before(loadXml);

const request: CosRequest = {
  operation: "UploadPart",
  method: "PUT",
  key: "k",
  query: {},
  headers: {},
  body: [],
  uploadId: "id",
  partNumber: 3,
};

const errorOf = (body: string, headers: Record<string, string> = {}, statusCode = 403) =>
  serviceError({ statusCode, headers, body, redactor: redactorOf([]) }, request);

const XML =
  "<?xml version='1.0'?>\n<Error><Code>AccessDenied</Code><Message>Access Denied.</Message>" +
  "<Resource>b-1.cos.r.myqcloud.com/k</Resource><RequestId>req</RequestId><TraceId>trace</TraceId></Error>";

test("an error has all that COS said, where it failed, and a message that a person can act on", () => {
  const error = errorOf(XML);
  const { code, statusCode, operation, resource, requestId, traceId, partNumber, uploadId } = error;
  assert.deepEqual(
    { code, statusCode, operation, resource, requestId, traceId, partNumber, uploadId },
    {
      code: "AccessDenied",
      statusCode: 403,
      operation: "UploadPart",
      resource: "b-1.cos.r.myqcloud.com/k",
      requestId: "req",
      traceId: "trace",
      partNumber: 3,
      uploadId: "id",
    },
  );
  assert.equal(error.message, "UploadPart failed: AccessDenied (403): Access Denied.");
});

test("ids are taken from the headers before the body, which a proxy may have made", () => {
  const error = errorOf(XML, { "x-cos-request-id": "header req", "x-cos-trace-id": "header trace" });
  assert.deepEqual([error.requestId, error.traceId], ["header req", "header trace"]);
});

test("without a document the code is the status, or the header that some answers have", () => {
  assert.equal(errorOf("", {}, 404).code, "HTTP_404");
  assert.equal(errorOf("<html/>", {}, 502).code, "HTTP_502");
  assert.equal(errorOf("<NotError><Code>x</Code></NotError>", {}, 400).code, "HTTP_400");
  assert.equal(errorOf("", { "x-cos-error-code": "NoSuchKey" }, 404).code, "NoSuchKey");
});

test("a document without a message is not taken for something else than COS's error", () => {
  const { message } = errorOf("<Error><Code>BadDigest</Code><Message></Message></Error>", {}, 400);
  assert.equal(message, "UploadPart failed: BadDigest (400): no further explanation");
});

test("a page that is no COS error is shown by its beginning, on one line", () => {
  const { message } = errorOf(`<html>\n  <h1>Sorry</h1>${"x".repeat(500)}`, {}, 502);
  assert.match(message, /no COS error in the answer: "<html> <h1>Sorry<\/h1>x+…"$/);
  assert.ok(message.length < 300);
});

test("Retry-After is read in seconds and as a date, never below zero", () => {
  const of = (value: string): number | undefined => errorOf(XML, { "retry-after": value }).retryAfter;
  assert.equal(of("7"), 7000);
  assert.equal(of("0"), 0);
  assert.equal(of("Thu, 01 Jan 1970 00:00:00 GMT"), 0);
  const inAMinute = of(new Date(Date.now() + 60_000).toUTCString())!;
  assert.ok(inAMinute > 50_000 && inAMinute <= 60_000);
  for (const value of ["", "soon", "-5", "1.5"]) assert.ok((of(value) ?? 0) === 0, value);
});

test("a Retry-After date is measured by the server's clock, however wrong ours is", () => {
  const headers = { date: "Thu, 16 May 2019 06:45:51 GMT", "retry-after": "Thu, 16 May 2019 06:45:58 GMT" };
  assert.equal(errorOf(XML, headers).retryAfter, 7000);
});

test("the server's time is its document's where it has one, and its Date header's elsewhere", () => {
  const date = "Thu, 16 May 2019 06:45:51 GMT";
  const withTime = (time: string): string => `<Error><Code>x</Code><ServerTime>${time}</ServerTime></Error>`;
  assert.equal(errorOf(XML, { date }).serverTime, 1_557_989_151_000);
  assert.equal(errorOf(withTime("2019-05-16T06:45:50Z"), { date }).serverTime, 1_557_989_150_000);
  assert.equal(errorOf(withTime("1557989149"), { date }).serverTime, 1_557_989_149_000);
  assert.equal(errorOf(withTime("yesterday"), { date }).serverTime, 1_557_989_151_000);
  assert.equal(errorOf(XML).serverTime, undefined);
});
