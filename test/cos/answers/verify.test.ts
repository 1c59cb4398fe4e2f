import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { verifyReceived } from "../../../lib/cos/answers/verify.ts";
import { uploadPartRequest } from "../../../lib/cos/operations/upload-part.ts";
import { digestsOf } from "../../../lib/digest/inline-digester.ts";

const body = [Buffer.from("[Object Part]")];
const digests = digestsOf(body);
const md5 = "108f528eb63b65e734f27ae331f5ffaa";
const request = uploadPartRequest({ key: "k", uploadId: "id", partNumber: 1, body, digests });

const verify = (etag: string, type?: "SSE-COS" | "SSE-KMS"): void =>
  verifyReceived({ etag, crc64: digests.crc64 }, digests, type && { type }, request);

describe("An ETag", () => {
  for (const [name, etag] of [
    ["the MD5", `"${md5}"`],
    ["the MD5 without quotes", md5],
    ["the MD5 in capitals", `"${md5.toUpperCase()}"`],
    ["a SHA-1, as in early answers of COS", '"7b439dd40a38b96ec5b1fdd7b2b3dd5ff5bba3c3"'],
    ["what another server makes up", '"ckv9-h7_2"'],
  ] as const) {
    test(`that is ${name} is taken`, () => verify(etag));
  }

  for (const [name, etag] of [
    ["of other bytes", `"${md5.replace("1", "2")}"`],
    ["with a digit that is none", `"${md5.replace("1", "q")}"`],
    ["with a sign that is none", `"${md5.replace("1", "\xb1")}"`],
    ["whose first quote became a digit", `2${md5}"`],
    ["whose last quote became a letter", `"${md5}b`],
  ] as const) {
    test(`${name} is damaged, and the part is sent again`, () => {
      for (const type of [undefined, "SSE-COS"] as const) {
        assert.throws(() => verify(etag, type), { code: "ERR_COS_INTEGRITY" });
      }
    });
  }

  test("is no digest under SSE-KMS", () => verify(`"${md5.replace("1", "2")}"`, "SSE-KMS"));
});
