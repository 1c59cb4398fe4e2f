import assert from "node:assert/strict";
import { test } from "node:test";
import { isFromCache, isFromCos, requestIdOf } from "../../../lib/cos/answers/marks.ts";
import { CosServiceError, CosUploadError } from "../../../lib/errors.ts";

test("an answer of COS has a request id, under COS's name or under S3's", () => {
  assert.equal(requestIdOf({ "x-cos-request-id": "NWU3YjJk" }), "NWU3YjJk");
  assert.equal(requestIdOf({ "x-amz-request-id": "tx0001" }), "tx0001");
  assert.equal(requestIdOf({ "x-amz-request-id": "tx0001", "x-cos-request-id": "NWU3YjJk" }), "NWU3YjJk");
  assert.equal(requestIdOf({ "x-amz-request-id": "tx0001", "x-cos-request-id": "" }), "tx0001");
  assert.equal(requestIdOf({ "x-cos-request-id": "" }), undefined);
  assert.equal(requestIdOf({ "x-request-id": "1", server: "nginx", "x-cos-trace-id": "x" }), undefined);
});

test("an error of COS has its request id, or its code", () => {
  const error = (code: string, requestId?: string) =>
    new CosServiceError(code, "said", { statusCode: 503, operation: "PutObject", requestId });
  assert.equal(isFromCos(error("SlowDown")), true);
  assert.equal(isFromCos(error("HTTP_503", "id")), true);
  assert.equal(isFromCos(error("HTTP_503")), false);
  assert.equal(isFromCos(error("HTTP_503", "")), false);
  assert.equal(isFromCos(error("NoHTTP_")), true);
  assert.equal(isFromCos(new CosUploadError("ERR_COS_TIMEOUT", "late")), false);
  assert.equal(isFromCos({ code: "SlowDown", requestId: "id" }), false);
});

test("an answer of a cache has an age", () => {
  assert.equal(isFromCache({ age: "0" }), true);
  assert.equal(isFromCache({ age: "" }), true);
  assert.equal(isFromCache({ date: "now" }), false);
});
