import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { before, test } from "node:test";
import { loadXml } from "../../lib/cos/answers/xml.ts";
import { abortMultipartUploadRequest } from "../../lib/cos/operations/abort-multipart-upload.ts";
import { completeMultipartUploadRequest } from "../../lib/cos/operations/complete-multipart-upload.ts";
import { headObjectRequest } from "../../lib/cos/operations/head-object.ts";
import { initiateMultipartUploadRequest } from "../../lib/cos/operations/initiate-multipart-upload.ts";
import { listMultipartUploadsRequest } from "../../lib/cos/operations/list-multipart-uploads.ts";
import { listPartsRequest } from "../../lib/cos/operations/list-parts.ts";
import { putObjectRequest } from "../../lib/cos/operations/put-object.ts";
import { uploadPartRequest } from "../../lib/cos/operations/upload-part.ts";
import type { ServerSideEncryption } from "../../lib/index.ts";

before(loadXml);

const digests = { md5: "EI9SjrY7Zec08nrjMfX/qg==", crc64: "4510578591875220731" };
const body = [Buffer.from("[Object Part]")];
const upload = { key: "k", uploadId: "id" };
const SSE = "x-cos-server-side-encryption";
const CUSTOMER = {
  [`${SSE}-customer-algorithm`]: "AES256",
  [`${SSE}-customer-key`]: "MDEyMzQ1Njc4OUFCQ0RFRjAxMjM0NTY3ODlBQkNERUY=",
  [`${SSE}-customer-key-MD5`]: "U5L61r7jcwdNvT7frmUG8g==",
};

/** An encryption, its headers where an object is begun, and those of requests that touch its bytes later. */
const ENCRYPTIONS: readonly [ServerSideEncryption | undefined, object, object][] = [
  [undefined, {}, {}],
  [{ type: "SSE-COS" }, { [SSE]: "AES256" }, {}],
  [{ type: "SSE-KMS" }, { [SSE]: "cos/kms" }, {}],
  [
    { type: "SSE-KMS", keyId: "id", context: { a: "名" } },
    {
      [SSE]: "cos/kms",
      [`${SSE}-cos-kms-key-id`]: "id",
      [`${SSE}-context`]: Buffer.from('{"a":"名"}').toString("base64"),
    },
    {},
  ],
  [{ type: "SSE-C", key: Buffer.from("0123456789ABCDEF0123456789ABCDEF") }, CUSTOMER, CUSTOMER],
];

for (const [serverSideEncryption, whenBegun, later] of ENCRYPTIONS) {
  test(`${serverSideEncryption?.type ?? "no encryption"} is on exactly the requests that the API asks for`, () => {
    const encryption = serverSideEncryption && { serverSideEncryption };
    const sseOf = ({ headers }: { headers: object }): object =>
      Object.fromEntries(Object.entries(headers).filter(([name]) => name.startsWith(SSE)));
    assert.deepEqual(sseOf(initiateMultipartUploadRequest({ key: "k", ...encryption })), whenBegun);
    assert.deepEqual(sseOf(putObjectRequest({ key: "k", body, digests, ...encryption })), whenBegun);
    assert.deepEqual(
      sseOf(uploadPartRequest({ ...upload, partNumber: 1, body, digests, ...encryption })),
      later,
    );
    assert.deepEqual(sseOf(headObjectRequest({ key: "k", ...encryption })), later);
  });
}

test("all attributes of an object are headers of Initiate and of Put Object, and none without a value", () => {
  const attributes = {
    contentType: "text/x",
    cacheControl: "no-store",
    contentDisposition: "inline",
    contentEncoding: "br",
    contentLanguage: "ko",
    expires: new Date(0),
    metadata: { Name: "v" },
    tagging: { "a b": "=&", 名: "" },
    storageClass: "ARCHIVE",
    acl: "private",
    grants: { read: 'id="1"', readAcp: 'id="2"', writeAcp: 'id="3"', fullControl: 'id="4"' },
    forbidOverwrite: true,
  };
  const expected = {
    "Content-Type": "text/x",
    "Cache-Control": "no-store",
    "Content-Disposition": "inline",
    "Content-Encoding": "br",
    "Content-Language": "ko",
    Expires: "Thu, 01 Jan 1970 00:00:00 GMT",
    "x-cos-meta-name": "v",
    "x-cos-tagging": "a%20b=%3D%26&%E5%90%8D=",
    "x-cos-storage-class": "ARCHIVE",
    "x-cos-acl": "private",
    "x-cos-grant-read": 'id="1"',
    "x-cos-grant-read-acp": 'id="2"',
    "x-cos-grant-write-acp": 'id="3"',
    "x-cos-grant-full-control": 'id="4"',
    "x-cos-forbid-overwrite": "true",
  };
  assert.deepEqual(initiateMultipartUploadRequest({ key: "k", ...attributes }).headers, expected);
  const put = putObjectRequest({ key: "k", body, digests, ...attributes });
  assert.deepEqual(put.headers, { ...expected, "Content-MD5": digests.md5 });
  assert.deepEqual(initiateMultipartUploadRequest({ key: "k", forbidOverwrite: false }).headers, {});
});

test("what belongs to the object is not on its parts; the traffic limit is", () => {
  const request = uploadPartRequest({ ...upload, partNumber: 7, body, digests, trafficLimit: 819_200 });
  assert.deepEqual(request.headers, {
    "x-cos-traffic-limit": "819200",
    "Content-Type": "application/octet-stream",
    "Content-MD5": digests.md5,
  });
  assert.deepEqual(request.query, { partNumber: "7", uploadId: "id" });
});

test("Complete names the parts in a compact document, with its MD5, ETags as COS sent them", () => {
  const parts = [
    { partNumber: 1, etag: '"aa"' },
    { partNumber: 2, etag: '"<&>"' },
  ];
  const request = completeMultipartUploadRequest({ ...upload, parts, forbidOverwrite: true });
  const text = Buffer.concat(request.body).toString();
  const decoded = text
    .replaceAll("&quot;", '"')
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&amp;", "&");
  assert.equal(
    decoded,
    '<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>"aa"</ETag></Part>' +
      '<Part><PartNumber>2</PartNumber><ETag>"<&>"</ETag></Part></CompleteMultipartUpload>',
  );
  assert.ok(!text.includes('"<'));
  assert.deepEqual(request.headers, {
    "x-cos-forbid-overwrite": "true",
    "Content-Type": "application/xml",
    "Content-MD5": createHash("md5").update(text).digest("base64"),
  });
});

test("a Complete of 10,000 parts stays below a mebibyte", () => {
  const parts = Array.from({ length: 10_000 }, (_, index) => ({
    partNumber: index + 1,
    etag: `"${"a".repeat(32)}"`,
  }));
  const { body: pieces } = completeMultipartUploadRequest({ ...upload, parts });
  assert.ok(pieces[0]!.byteLength < 1024 * 1024, `${pieces[0]!.byteLength} bytes`);
});

test("the other requests are their method, key and parameters", () => {
  assert.deepEqual(pick(abortMultipartUploadRequest(upload)), ["DELETE", "k", { uploadId: "id" }]);
  assert.deepEqual(pick(headObjectRequest({ key: "k", versionId: "v" })), ["HEAD", "k", { versionId: "v" }]);
  const parts = { uploadId: "id", "encoding-type": "url", "max-parts": "5", "part-number-marker": "9" };
  assert.deepEqual(pick(listPartsRequest({ ...upload, maxParts: 5 }, 9)), ["GET", "k", parts]);
  const first = { uploads: "", "encoding-type": "url" };
  assert.deepEqual(pick(listMultipartUploadsRequest({ prefix: "" })), ["GET", "", first]);
  const next = listMultipartUploadsRequest({ prefix: "p", maxUploads: 5 }, { key: "k", uploadId: "id" });
  const markers = { prefix: "p", "max-uploads": "5", "key-marker": "k", "upload-id-marker": "id" };
  assert.deepEqual(pick(next), ["GET", "", { ...first, ...markers }]);
});

function pick({ method, key, query }: { method: string; key: string; query: object }): unknown[] {
  return [method, key, query];
}
