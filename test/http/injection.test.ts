import assert from "node:assert/strict";
import { test } from "node:test";
import type { CosClient } from "../../lib/index.ts";
import { useHostile } from "../support/hostile.ts";

/** What would begin a header or a request of its own, end one early, or not arrive as it was. */
const PAYLOADS = [
  "a\r\nx-cos-acl: public-read",
  "a\nx-cos-acl: public-read",
  "a\rx-cos-acl: public-read",
  "a\r\n\r\nDELETE /other HTTP/1.1\r\nHost: x",
  "a\0b",
  "a\u010d\u010ax-cos-acl: public-read",
  "é",
  "腾讯云",
  "a\x7fb",
  "a b HTTP/1.1",
  "a?uploads&uploadId=x#y",
  "%0d%0ax-cos-acl: public-read",
];

/** Every place of every call that takes text. */
const PLACES: Readonly<Record<string, (client: CosClient, text: string) => Promise<unknown>>> = {
  ...Object.fromEntries(
    [
      "contentType",
      "cacheControl",
      "contentDisposition",
      "contentEncoding",
      "contentLanguage",
      "expires",
      "storageClass",
      "acl",
    ].map((name) => [
      name,
      (client: CosClient, text: string) => client.initiateMultipartUpload({ key: "k", [name]: text }),
    ]),
  ),
  "a metadata value": (client, text) => client.initiateMultipartUpload({ key: "k", metadata: { a: text } }),
  "a metadata name": (client, text) =>
    client.initiateMultipartUpload({ key: "k", metadata: { [text]: "a" } }),
  "a tag's value": (client, text) => client.initiateMultipartUpload({ key: "k", tagging: { a: text } }),
  "a tag's name": (client, text) => client.initiateMultipartUpload({ key: "k", tagging: { [text]: "a" } }),
  "a grant": (client, text) => client.putObject({ key: "k", body: Buffer.alloc(1), grants: { read: text } }),
  "a KMS key": (client, keyId) =>
    client.initiateMultipartUpload({ key: "k", serverSideEncryption: { type: "SSE-KMS", keyId } }),
  "a KMS context": (client, a) =>
    client.initiateMultipartUpload({
      key: "k",
      serverSideEncryption: { type: "SSE-KMS", context: { a, [a]: a } },
    }),
  "an MD5": (client, md5) =>
    client.uploadPart({ key: "k", uploadId: "id", partNumber: 1, body: Buffer.alloc(1), md5 }),
  "a CRC64": (client, crc64) =>
    client.uploadPart({ key: "k", uploadId: "id", partNumber: 1, body: Buffer.alloc(1), crc64 }),
  "a key": (client, key) => client.headObject({ key }),
  "a version": (client, versionId) => client.headObject({ key: "k", versionId }),
  "an UploadId": (client, uploadId) => client.abortMultipartUpload({ key: "k", uploadId }),
  "a prefix": (client, prefix) => client.listMultipartUploads({ prefix }).next(),
  "an ETag": (client, etag) =>
    client.completeMultipartUpload({ key: "k", uploadId: "id", parts: [{ partNumber: 1, etag }] }),
};

for (const [place, call] of Object.entries(PLACES)) {
  test(`nothing in ${place} becomes a header, a parameter or a request of its own`, async (t) => {
    const { client, requests } = await useHostile(
      t,
      "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
    );
    for (const text of PAYLOADS) {
      const before = requests.length;
      const { code } = (await call(client, text).catch((error) => error)) as { code?: string };
      const [request, ...more] = requests.slice(before);
      if (code === "ERR_COS_INVALID_OPTION") {
        assert.equal(request, undefined);
        continue;
      }
      assert.deepEqual([code, more], ["HTTP_404", []]);
      const { requestLine, headers } = request!;
      assert.match(requestLine, /^[A-Z]+ \/[!-~]* HTTP\/1\.1$/);
      assert.doesNotMatch(requestLine, /#|DELETE \/other/);
      assert.ok(!requestLine.includes("&uploadId=x"), requestLine);
      for (const [name, value] of headers) {
        assert.notEqual(name.toLowerCase(), "x-cos-acl");
        assert.match(value, /^[ -~]*$/);
      }
    }
  });
}
