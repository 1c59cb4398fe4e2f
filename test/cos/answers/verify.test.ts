import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { redactorOf } from "../../../lib/cos/answers/redact.ts";
import { verifyReceived } from "../../../lib/cos/answers/verify.ts";
import { putObjectRequest } from "../../../lib/cos/operations/put-object.ts";
import { uploadPartRequest } from "../../../lib/cos/operations/upload-part.ts";
import { digestsOf } from "../../../lib/digest/inline-digester.ts";

const body = [Buffer.from("[Object Part]")];
const digests = digestsOf(body);
const md5 = "108f528eb63b65e734f27ae331f5ffaa";
const request = uploadPartRequest({ key: "k", uploadId: "id", partNumber: 1, body, digests });

const SSE = "x-cos-server-side-encryption";
const PLAIN = [{}, { [SSE]: "AES256" }];
const OPAQUE = [{ [SSE]: "cos/kms" }, { [`${SSE}-customer-algorithm`]: "AES256" }];

const verify = (etag: string, headers: Record<string, string>, crc64?: string): void =>
  verifyReceived(
    { etag, crc64 },
    digests,
    { statusCode: 200, headers, body: "", redactor: redactorOf([]) },
    request,
  );

describe("An ETag", () => {
  for (const [name, etag] of [
    ["the MD5", `"${md5}"`],
    ["the MD5 without quotes", md5],
    ["the MD5 in capitals", `"${md5.toUpperCase()}"`],
    ["a SHA-1, as in early answers of COS", '"7b439dd40a38b96ec5b1fdd7b2b3dd5ff5bba3c3"'],
    ["what another server makes up", '"ckv9-h7_2"'],
  ] as const) {
    test(`that is ${name} is taken`, () => verify(etag, {}, digests.crc64));
  }

  for (const [name, etag] of [
    ["of other bytes", `"${md5.replace("1", "2")}"`],
    ["with a digit that is none", `"${md5.replace("1", "q")}"`],
  ] as const) {
    test(`${name} is damaged, unless the answer says that it is no MD5`, () => {
      for (const headers of PLAIN) {
        assert.throws(() => verify(etag, headers, digests.crc64), {
          code: "ERR_COS_INTEGRITY",
          message: `The ETag of part 1 is damaged: it is ${etag}, expected the MD5 "${md5}"`,
          uploadId: "id",
        });
      }
      for (const headers of OPAQUE) verify(etag, headers, digests.crc64);
    });
  }

  for (const [name, etag] of [
    ["with a sign that is none", `"${md5.replace("1", "\xb1")}"`],
    ["whose first quote became a digit", `2${md5}"`],
    ["whose last quote became a letter", `"${md5}b`],
  ] as const) {
    test(`${name} is damaged, however COS encrypts`, () => {
      for (const headers of [...PLAIN, ...OPAQUE]) {
        assert.throws(() => verify(etag, headers, digests.crc64), { code: "ERR_COS_INTEGRITY" });
      }
    });
  }

  test("of other bytes, without a CRC64, shows that COS received those", () => {
    const other = `"${md5.replace("1", "2")}"`;
    assert.throws(() => verify(other, {}), { message: /received other bytes/, actual: other.slice(1, -1) });
  });

  test("that is no MD5, without a CRC64, shows nothing: it must be COS's answer", () => {
    for (const [etag, headers] of [
      ['"5f3c-62ab7d00"', {}],
      [`"${md5.replace("1", "2")}"`, OPAQUE[0]!],
    ] as const) {
      assert.throws(() => verify(etag, headers), { code: "ERR_COS_BAD_RESPONSE" });
      verify(etag, { ...headers, "x-cos-request-id": "id" });
      verify(etag, { ...headers, "x-amz-request-id": "id" });
    }
  });

  test("that is the MD5 needs no CRC64, and no id", () => verify(`"${md5}"`, {}));
});

describe("Another CRC64", () => {
  const put = putObjectRequest({ key: "k", body, digests });
  for (const [what, sent, uploadId] of [
    ["part 1", request, "id"],
    ["the object", put, undefined],
  ] as const) {
    test(`shows that COS received other bytes for ${what}, whatever the ETag`, () => {
      const answer = { statusCode: 200, headers: {}, body: "", redactor: redactorOf([]) };
      assert.throws(() => verifyReceived({ etag: `"${md5}"`, crc64: "1" }, digests, answer, sent), {
        code: "ERR_COS_INTEGRITY",
        message: `COS received other bytes for ${what}: its CRC64 is 1, expected ${digests.crc64}`,
        expected: digests.crc64,
        actual: "1",
        uploadId,
      });
    });
  }
});
