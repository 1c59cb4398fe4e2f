import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { CosIntegrityError, CosServiceError, CosUploadError, type Outcome } from "../../lib/errors.ts";
import { CosInternalError, CosNetworkError } from "../../lib/http/network-error.ts";
import {
  type Age,
  type Evidence,
  type FoundObject,
  isNoSuchUpload,
  isSamePart,
  meaningOf,
  outcomeOf,
} from "../../lib/upload/proof.ts";

function answered(statusCode: number, code: string, requestId?: string, operation = "PutObject"): Error {
  return new CosServiceError(code, "said", { statusCode, operation, requestId });
}

describe("A request", () => {
  for (const [code, statusCode, expected] of [
    ["InternalError", 500, "in doubt"],
    ["InternalError", 502, "in doubt"],
    ["InternalError", 504, "in doubt"],
    // COS had begun when it answered 200.
    ["InternalError", 200, "in doubt"],
    ["SlowDown", 200, "in doubt"],
    ["AccessDenied", 299, "in doubt"],
    ["PermanentRedirect", 300, "not carried out"],
    ["PermanentRedirect", 301, "not carried out"],
    ["AccessDenied", 403, "not carried out"],
    ["NoSuchUpload", 404, "not carried out"],
    ["FileAlreadyExists", 409, "not carried out"],
    ["AccessDenied", 499, "not carried out"],
    ["SlowDown", 503, "not carried out"],
  ] as const) {
    test(`that COS answered with ${statusCode} ${code} is ${expected}`, () => {
      assert.equal(meaningOf(answered(statusCode, code)), expected);
    });
  }

  for (const statusCode of [200, 300, 302, 403, 404, 408, 409, 429, 500, 502, 503]) {
    test(`that was answered with ${statusCode} by nobody knows whom is in doubt`, () => {
      assert.equal(meaningOf(answered(statusCode, `HTTP_${statusCode}`)), "in doubt");
      assert.equal(meaningOf(answered(statusCode, `HTTP_${statusCode}`, "")), "in doubt");
    });
  }

  for (const statusCode of [301, 403, 404, 503]) {
    test(`that was answered with ${statusCode} and an id of COS's, as after HEAD, was not carried out`, () => {
      assert.equal(meaningOf(answered(statusCode, `HTTP_${statusCode}`, "id")), "not carried out");
    });
  }

  test("whose answer was lost, late, broken or wrong is in doubt", () => {
    for (const error of [
      new CosNetworkError(Object.assign(new Error("reset"), { code: "ECONNRESET" }), "https://cos", false),
      new CosUploadError("ERR_COS_TIMEOUT", "late"),
      new CosUploadError("ERR_COS_BAD_RESPONSE", "broken"),
      new CosIntegrityError("wrong", { expected: "1", actual: "2" }),
      new CosUploadError("ERR_COS_CANCELLED", "ended meanwhile"),
      new TypeError("nobody expected this"),
      undefined,
    ]) {
      assert.equal(meaningOf(error), "in doubt");
    }
  });

  test("that had no connection was not carried out", () => {
    const cause = Object.assign(new Error("refused"), { code: "ECONNREFUSED" });
    assert.equal(meaningOf(new CosNetworkError(cause, "https://cos", false)), "not carried out");
    assert.equal(meaningOf(new CosUploadError("ERR_COS_NOT_PERMITTED", "by the runtime")), "not carried out");
  });

  test("that a mistake of a program ended is in doubt, unless it was not sent", () => {
    const mistake = new TypeError("undefined is not a function");
    assert.equal(meaningOf(new CosInternalError(mistake, { unsent: true })), "not carried out");
    assert.equal(meaningOf(new CosInternalError(mistake, { unsent: false })), "in doubt");
  });
});

test("an upload is gone when COS says so, and no page of anybody's does", () => {
  assert.equal(isNoSuchUpload(answered(404, "NoSuchUpload")), true);
  // Ceph's RADOS Gateway says it so to List Parts, and means something else elsewhere.
  assert.equal(isNoSuchUpload(answered(404, "NoSuchKey", undefined, "ListParts")), true);
  assert.equal(isNoSuchUpload(answered(404, "NoSuchKey", undefined, "CompleteMultipartUpload")), false);
  assert.equal(isNoSuchUpload(answered(404, "HTTP_404", "id", "ListParts")), false);
  assert.equal(isNoSuchUpload(new CosUploadError("NoSuchUpload", "not COS's")), false);
  assert.equal(isNoSuchUpload(undefined), false);
});

const AGES: readonly Age[] = ["older", "as the upload", "same second", "newer", "unknown"];
const OBJECTS: readonly FoundObject["is"][] = ["ours", "equal", "other", "absent", "unknown"];
const UPLOADS: readonly Evidence["upload"][] = ["none", "there", "gone", "aborted", "ended", "unknown"];

/** Every piece of evidence whose outcome is known, as `upload object age`; a `*` after an age asks for the attributes. */
const KNOWN: Readonly<Record<string, Outcome>> = {
  ...Object.fromEntries(
    UPLOADS.flatMap((upload) => AGES.map((age) => [`${upload} ours ${age}`, "completed"])),
  ),
  "none equal newer": "completed",
  "none equal same second*": "completed",
  "gone equal newer": "completed",
  "gone equal same second": "completed",
  "gone equal as the upload": "completed",
  "aborted equal newer": "completed",
  "ended equal newer": "completed",
  "aborted equal older": "not-completed",
  "aborted other older": "not-completed",
  "aborted other as the upload": "not-completed",
  "aborted other same second": "not-completed",
  ...Object.fromEntries(AGES.map((age) => [`aborted absent ${age}`, "not-completed"])),
};

describe("The outcome of a commit that is in doubt,", () => {
  for (const upload of UPLOADS) {
    for (const is of OBJECTS) {
      for (const age of AGES) {
        for (const isAsAsked of [true, false]) {
          const name = `${upload} ${is} ${age}`;
          const expected = KNOWN[name] ?? (isAsAsked ? KNOWN[`${name}*`] : undefined) ?? "unknown";
          test(`with upload: ${name}, attributes ${isAsAsked ? "as asked" : "not all shown"}, is ${expected}`, () => {
            const object = { is, age, isAsAsked };
            assert.equal(outcomeOf({ attempts: "in doubt", upload, object }), expected);
          });
        }
      }
    }
  }
});

test("no attempt that may have been carried out, no object of ours, whatever the key has", () => {
  for (const upload of UPLOADS) {
    for (const is of OBJECTS) {
      const object = { is, age: "newer", isAsAsked: true } as const;
      assert.equal(outcomeOf({ attempts: "not carried out", upload, object }), "not-completed");
    }
  }
});

test("a listed part is the same when its size is, and its CRC64 or else its MD5", () => {
  const md5 = "mQ/fVh815F3k6TAUm8m0eg==";
  const etag = `"${Buffer.from(md5, "base64").toString("hex")}"`;
  const part = { size: 10, crc64: "42", md5 };
  assert.equal(isSamePart(part, { size: 10, etag }), true);
  assert.equal(isSamePart(part, { size: 10, etag: etag.toUpperCase() }), true);
  assert.equal(isSamePart(part, { size: 11, etag }), false);
  assert.equal(isSamePart(part, { size: 10, etag: '"0"' }), false);
  assert.equal(isSamePart(part, { size: 10, etag: '"0"', crc64: "42" }), true);
  assert.equal(isSamePart(part, { size: 10, etag, crc64: "43" }), false);
  assert.equal(isSamePart(part, { size: 11, etag, crc64: "42" }), false);
});
