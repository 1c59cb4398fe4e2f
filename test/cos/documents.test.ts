import assert from "node:assert/strict";
import { test } from "node:test";
import { redactorOf } from "../../lib/cos/answers/redact.ts";
import type { CosAnswer } from "../../lib/cos/answers/response.ts";
import { verifyReceived } from "../../lib/cos/answers/verify.ts";
import { CredentialCache } from "../../lib/cos/credentials/credential-cache.ts";
import { parseUploadPart, uploadPartRequest } from "../../lib/cos/operations/upload-part.ts";
import type { ServerSideEncryption } from "../../lib/cos/parameters/encryption.ts";
import { CosClock } from "../../lib/cos/signing/clock.ts";
import { cosSigner } from "../../lib/cos/signing/signer.ts";
import { crc64 } from "../../lib/digest/crc64.ts";
import { digestsOf } from "../../lib/digest/inline-digester.ts";
import { authorizationFields, examplesOf, type PrintedExample } from "../support/documents.ts";

const KEY_OF_DOCUMENT = Buffer.from("MDEyMzQ1Njc4OUFCQ0RFRjAxMjM0NTY3ODlBQkNERUY=", "base64");

/** In the order of the document. */
const ENCRYPTIONS: readonly (ServerSideEncryption | undefined)[] = [
  undefined,
  { type: "SSE-COS" },
  { type: "SSE-KMS" },
  { type: "SSE-C", key: KEY_OF_DOCUMENT },
];

const examples = examplesOf("upload-part.ko.md");
const [english] = examplesOf("upload-part.en.txt");

/** The request that this library makes for an example's inputs, before it is sent. */
function requestFor({ request }: PrintedExample, encryption: ServerSideEncryption | undefined) {
  const query = new URLSearchParams(request.startLine.replace(/^\S+ [^?]*\?(\S*) .*$/, "$1"));
  const body = Buffer.from(request.body);
  // The body of the first example is a MiB that the document does not print; its MD5 is all that the request needs.
  const printed = request.headers["Content-Length"] === String(body.length);
  const digests = printed
    ? digestsOf([body])
    : { md5: request.headers["Content-MD5"]!, crc64: "9973912126177188060" };
  return uploadPartRequest({
    key: "exampleobject",
    uploadId: query.get("uploadId")!,
    partNumber: Number(query.get("partNumber")),
    body: printed ? [body] : [new Uint8Array(1_048_576)],
    digests,
    serverSideEncryption: encryption,
  });
}

function responseOf({ response }: PrintedExample): CosAnswer {
  const headers = Object.entries(response.headers).map(([name, value]) => [name.toLowerCase(), value]);
  const statusCode = Number(response.startLine.split(" ")[1]);
  return { statusCode, headers: Object.fromEntries(headers), body: "", redactor: redactorOf([]) };
}

test("the Korean document has four examples, and the English one has one", () => {
  assert.equal(examples.length, ENCRYPTIONS.length);
  assert.match(english!.request.startLine, /^PUT \/exampleobject\?partNumber=1&uploadId=14847/);
});

examples.forEach((example, index) => {
  const encryption = ENCRYPTIONS[index];
  const printed = example.request.headers;
  const request = requestFor(example, encryption);

  test(`example ${index + 1} (${encryption?.type ?? "plain"}): method, parameters and headers are the document's`, () => {
    const { Host: _, Date: __, Authorization: ___, Connection: ____, ...own } = printed;
    const length = request.body.reduce((sum, piece) => sum + piece.byteLength, 0);
    assert.equal(`${request.method} /${request.key}`, example.request.startLine.split("?")[0]);
    assert.deepEqual({ ...request.headers, "Content-Length": String(length) }, own);
    assert.deepEqual(Object.keys(request.query), ["partNumber", "uploadId"]);
  });

  test(`example ${index + 1}: the headers and parameters that are signed are the document's`, async () => {
    const fields = authorizationFields(printed.Authorization!);
    const start = Number((fields["q-key-time"] as string).split(";")[0]);
    const credentials = new CredentialCache(() => ({
      secretId: fields["q-ak"] as string,
      secretKey: "secret",
    }));
    const sign = cosSigner(credentials, new CosClock(() => start * 1000));
    const { Authorization: _, Connection: __, ...headers } = printed;
    const { method, key, query } = request;
    const signed = await sign({ method, key, query, headers, origin: "", host: "", path: "" });
    const ours = authorizationFields(signed.headers.Authorization!);
    const { "q-sign-time": signTime, "q-key-time": keyTime, "q-signature": value, ...rest } = ours;
    const { "q-sign-time": _1, "q-key-time": _2, "q-signature": _3, ...expected } = fields;
    assert.deepEqual(rest, expected);
    assert.equal(signTime, keyTime);
    assert.equal(keyTime, `${start - 60};${start + 7200}`);
    assert.match(value as string, /^[0-9a-f]{40}$/);
  });

  test(`example ${index + 1}: the document's answer becomes its receipt, and is verified`, () => {
    const response = responseOf(example);
    const receipt = parseUploadPart(response, request);
    const { ETag: etag, "x-cos-request-id": requestId } = example.response.headers;
    assert.deepEqual(receipt, { etag, requestId, crc64: example.response.headers["x-cos-hash-crc64ecma"] });
    const md5 = request.headers["Content-MD5"]!;
    const sent = { md5, crc64: receipt.crc64! };
    verifyReceived(receipt, sent, response, request);
    const isMd5 = etag === `"${Buffer.from(md5, "base64").toString("hex")}"`;
    assert.equal(isMd5, encryption === undefined || encryption.type === "SSE-COS");
  });
});

test("the CRC64 in the answers is that of the bytes, whatever the encryption", () => {
  for (const { request, response } of examples.slice(1)) {
    assert.equal(response.headers["x-cos-hash-crc64ecma"], crc64(Buffer.from(request.body)));
  }
});

test("a part is verified by its CRC64 in every mode, and by its ETag where that is the MD5", () => {
  for (const [index, example] of examples.entries()) {
    const encryption = ENCRYPTIONS[index];
    const request = requestFor(example, encryption);
    const response = responseOf(example);
    const receipt = parseUploadPart(response, request);
    const sent = { md5: request.headers["Content-MD5"]!, crc64: receipt.crc64! };
    const check = (answer: object): void =>
      verifyReceived({ ...receipt, ...answer }, sent, response, request);
    assert.throws(() => check({ crc64: "1" }), {
      code: "ERR_COS_INTEGRITY",
      actual: "1",
      expected: sent.crc64,
    });
    const otherEtag = () => check({ etag: `"${"0".repeat(32)}"` });
    if (index < 2) assert.throws(otherEtag, { code: "ERR_COS_INTEGRITY", actual: "0".repeat(32) });
    else otherEtag();
  }
});

test("the English example of 2017 has the same request line and length, and signs only its host", () => {
  const request = requestFor(english!, undefined);
  const { uploadId } = request.query;
  const line = `${request.method} /${request.key}?partNumber=1&uploadId=${uploadId} HTTP/1.1`;
  assert.equal(line, english!.request.startLine);
  const fields = authorizationFields(english!.request.headers.Authorization!);
  assert.deepEqual(fields["q-header-list"], ["host"]);
  const lowered = (fields["q-url-param-list"] as string[]).map((name) => name.toLowerCase());
  assert.deepEqual(
    lowered,
    authorizationFields(examples[0]!.request.headers.Authorization!)["q-url-param-list"],
  );
});

test("the English example's answer, whose ETag is a SHA-1 and which has no CRC64, becomes a receipt", () => {
  const request = requestFor(english!, undefined);
  const response = responseOf(english!);
  const receipt = parseUploadPart(response, request);
  assert.deepEqual(receipt, {
    etag: '"e1e5b4965bc7d30880ed6d226f78a5390f1c09fc"',
    crc64: undefined,
    requestId: "NTg3ZjI0NzlfOWIxZjRlXzZmNGJfMWYy",
  });
  verifyReceived(receipt, { md5: "EI9SjrY7Zec08nrjMfX/qg==", crc64: "1" }, response, request);
});
