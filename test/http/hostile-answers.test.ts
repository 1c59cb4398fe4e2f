import assert from "node:assert/strict";
import { test } from "node:test";
import { ATTEMPTS, CRC64, GOOD, OPERATIONS, useHostile } from "../support/hostile.ts";
import { answer } from "../support/raw-server.ts";

/** What a server might answer: how, the operations it is an answer to, the code of the error, and the attempts. */
const ANSWERS: readonly [what: string, text: string, operations: string[], code: string, requests: number][] =
  [
    [
      "a login page with status 200",
      answer("200 OK", { "Content-Type": "text/html" }, "<html><body>Sign in</body></html>"),
      Object.keys(OPERATIONS),
      "ERR_COS_BAD_RESPONSE",
      ATTEMPTS,
    ],
    [
      "text that is no XML",
      answer("200 OK", {}, "}{ not xml <<<"),
      ["InitiateMultipartUpload", "CompleteMultipartUpload", "ListParts", "ListMultipartUploads"],
      "ERR_COS_BAD_RESPONSE",
      ATTEMPTS,
    ],
    [
      "nothing but white space",
      answer("200 OK", {}, "  \n \n"),
      ["InitiateMultipartUpload", "CompleteMultipartUpload", "ListParts", "ListMultipartUploads"],
      "ERR_COS_BAD_RESPONSE",
      ATTEMPTS,
    ],
    [
      "another operation's document",
      answer("200 OK", {}, "<CopyPartResult><ETag>1</ETag></CopyPartResult>"),
      ["InitiateMultipartUpload", "CompleteMultipartUpload", "ListParts", "ListMultipartUploads"],
      "ERR_COS_BAD_RESPONSE",
      ATTEMPTS,
    ],
    [
      "a document that ends in the middle",
      answer("200 OK", {}, "<InitiateMultipartUploadResult><UploadId>15851308"),
      ["InitiateMultipartUpload", "CompleteMultipartUpload"],
      "ERR_COS_BAD_RESPONSE",
      ATTEMPTS,
    ],
    [
      "a result without an UploadId",
      answer("200 OK", {}, "<InitiateMultipartUploadResult><UploadId/></InitiateMultipartUploadResult>"),
      ["InitiateMultipartUpload"],
      "ERR_COS_BAD_RESPONSE",
      ATTEMPTS,
    ],
    [
      "a document type with entities that grow",
      answer(
        "200 OK",
        {},
        '<!DOCTYPE a [<!ENTITY b "bbbbbbbbbb"><!ENTITY c "&b;&b;&b;&b;&b;">]>' +
          "<InitiateMultipartUploadResult><UploadId>&c;&c;</UploadId></InitiateMultipartUploadResult>",
      ),
      ["InitiateMultipartUpload"],
      "ERR_COS_BAD_RESPONSE",
      ATTEMPTS,
    ],
    [
      "a document nested without end",
      answer("200 OK", {}, "<a>".repeat(50_000)),
      ["InitiateMultipartUpload", "ListParts"],
      "ERR_COS_BAD_RESPONSE",
      ATTEMPTS,
    ],
    [
      "a proxy's page with status 502",
      answer("502 Bad Gateway", { "Content-Type": "text/html" }, "<html><h1>502</h1></html>"),
      Object.keys(OPERATIONS),
      "HTTP_502",
      ATTEMPTS,
    ],
    ["status 403 with an empty body", answer("403 Forbidden"), Object.keys(OPERATIONS), "HTTP_403", 1],
    ["JSON with status 400", answer("400 Bad Request", {}, '{"code":1}'), ["PutObject"], "HTTP_400", 1],
    [
      "200 with InternalError",
      answer("200 OK", {}, "  <Error><Code>InternalError</Code><Message>later</Message></Error>"),
      ["CompleteMultipartUpload", "InitiateMultipartUpload"],
      "InternalError",
      ATTEMPTS,
    ],
    [
      "200 with AccessDenied",
      answer("200 OK", {}, "<Error><Code>AccessDenied</Code></Error>"),
      ["CompleteMultipartUpload"],
      "AccessDenied",
      1,
    ],
    [
      "no ETag",
      answer("200 OK", { "x-cos-hash-crc64ecma": CRC64 }),
      ["UploadPart", "PutObject"],
      "ERR_COS_BAD_RESPONSE",
      ATTEMPTS,
    ],
    [
      "another ETag, and no CRC64",
      answer("200 OK", { ETag: `"${"0".repeat(32)}"`, "x-cos-request-id": "id" }),
      ["UploadPart", "PutObject"],
      "ERR_COS_INTEGRITY",
      ATTEMPTS,
    ],
    [
      "another CRC64",
      answer("200 OK", { ...GOOD, "x-cos-hash-crc64ecma": "1" }),
      ["UploadPart", "PutObject"],
      "ERR_COS_INTEGRITY",
      ATTEMPTS,
    ],
    [
      "a longer Content-Length than body",
      answer("200 OK", { ...GOOD, "Content-Length": "100" }, "<InitiateMultipartUploadResult>"),
      Object.keys(OPERATIONS),
      "ERR_COS_NETWORK",
      ATTEMPTS,
    ],
    [
      "two Content-Lengths that differ",
      "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!",
      ["UploadPart"],
      "ERR_COS_NETWORK",
      ATTEMPTS,
    ],
    ["what is no HTTP", "SSH-2.0-OpenSSH_9.6\r\n", Object.keys(OPERATIONS), "ERR_COS_NETWORK", ATTEMPTS],
    [
      "a chunked body that ends early",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n<Comp\r\n",
      ["CompleteMultipartUpload"],
      "ERR_COS_NETWORK",
      ATTEMPTS,
    ],
  ];

for (const [what, text, names, code, requests] of ANSWERS) {
  for (const name of names) {
    test(`${name} that is answered with ${what} fails with ${code} after ${requests} requests`, async (t) => {
      const { client, requests: received } = await useHostile(t, text);
      await assert.rejects(OPERATIONS[name]!(client), { code });
      assert.equal(received.length, requests);
    });
  }
}

test("a HEAD that tells no length is no answer of COS", async (t) => {
  const { client } = await useHostile(t, "HTTP/1.1 200 OK\r\nETag: x\r\nConnection: close\r\n\r\n");
  await assert.rejects(client.headObject({ key: "k" }), { code: "ERR_COS_BAD_RESPONSE" });
});

test("a part without a number or size in a listing is refused", async (t) => {
  for (const part of [
    "<PartNumber>1</PartNumber>",
    "<Size>1</Size>",
    "<PartNumber>x</PartNumber><Size>1</Size>",
  ]) {
    const text = `<ListPartsResult><Part>${part}</Part></ListPartsResult>`;
    const { client } = await useHostile(t, answer("200 OK", {}, text));
    const listing = client.listParts({ key: "k", uploadId: "id" }).next();
    await assert.rejects(listing, { code: "ERR_COS_BAD_RESPONSE" });
  }
});
