import assert from "node:assert/strict";
import { test } from "node:test";
import { CosNetworkError } from "../../lib/http/network-error.ts";
import { type AttemptHistory, decide, type RetryOptions } from "../../lib/retry/policy.ts";
import { meaningOf } from "../../lib/upload/proof.ts";

const OPTIONS: RetryOptions = { maxAttempts: 5, baseDelay: 0, maxDelay: 0 };
const FRESH: AttemptHistory = { attempts: 1, retriedStale: false, reauthentications: 0, canFailOver: false };

/** What each failure of a connection means for the request: googleapis/nodejs-storage#2040, #1623. */
const meanings = [
  {
    what: "may have been carried out, and is made again",
    meaning: "in doubt",
    action: "retry",
    codes: [
      "ECONNABORTED",
      "ECONNRESET",
      "EPIPE",
      "ETIMEDOUT",
      "HPE_INVALID_CONSTANT",
      "UND_ERR_RES_CONTENT_LENGTH_MISMATCH",
      "UND_ERR_SOCKET",
      "something that nobody has seen before",
    ],
  },
  {
    what: "was not carried out, and is made again",
    meaning: "not carried out",
    action: "retry",
    codes: [
      "EAI_AGAIN",
      "ECONNREFUSED",
      "EHOSTUNREACH",
      "ENETUNREACH",
      "ENOTFOUND",
      "UND_ERR_CONNECT_TIMEOUT",
    ],
  },
  {
    what: "was not carried out, and is not made again, as no attempt would be",
    meaning: "not carried out",
    action: "fail",
    codes: [
      "CERT_HAS_EXPIRED",
      "CERT_NOT_YET_VALID",
      "DEPTH_ZERO_SELF_SIGNED_CERT",
      "EPROTO",
      "ERR_SSL_WRONG_VERSION_NUMBER",
      "ERR_TLS_CERT_ALTNAME_INVALID",
      "SELF_SIGNED_CERT_IN_CHAIN",
      "UNABLE_TO_GET_ISSUER_CERT",
      "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
      "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
      "UND_ERR_INVALID_ARG",
    ],
  },
];

for (const { what, meaning, action, codes } of meanings) {
  for (const code of codes) {
    test(`after ${code} a request ${what}`, () => {
      const error = new CosNetworkError(Object.assign(new Error("failed"), { code }), "https://cos", false);
      assert.equal(error.code, "ERR_COS_NETWORK");
      assert.match(error.message, new RegExp(`^Could not reach https://cos: ${code} failed`));
      assert.equal(meaningOf(error), meaning);
      assert.equal(decide(error, FRESH, OPTIONS, 0).action, action);
    });
  }
}

test("whether a request with a body was sent decides, not the code: an open connection can give any", () => {
  for (const code of ["EHOSTUNREACH", "EPROTO", "ECONNRESET"]) {
    const cause = Object.assign(new Error("failed"), { code });
    assert.equal(meaningOf(new CosNetworkError(cause, "https://cos", false, true)), "in doubt");
    assert.equal(meaningOf(new CosNetworkError(cause, "https://cos", false, false)), "not carried out");
  }
});
