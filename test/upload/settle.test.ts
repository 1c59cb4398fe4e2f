import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { CosServiceError } from "../../lib/index.ts";
import { isAmbiguous } from "../../lib/upload/settle.ts";

describe("Whether a request that was answered", () => {
  const answers = [
    ["InternalError", 500, true],
    ["HTTP_502", 502, true],
    ["InternalError", 200, true],
    // One bit of a 200 was turned on the way: no error of COS came with it.
    ["HTTP_300", 300, true],
    ["PermanentRedirect", 301, false],
    ["SlowDown", 503, false],
    ["HTTP_503", 503, false],
    ["AccessDenied", 403, false],
    ["HTTP_403", 403, false],
  ] as const;
  for (const [code, statusCode, expected] of answers) {
    test(`${statusCode} ${code} ${expected ? "may have been" : "was not"} carried out`, () => {
      const error = new CosServiceError(code, "said", { statusCode, operation: "CompleteMultipartUpload" });
      assert.equal(isAmbiguous(error), expected);
    });
  }
});
