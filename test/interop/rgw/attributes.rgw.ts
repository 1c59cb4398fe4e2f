import assert from "node:assert/strict";
import type { HeadObjectResult, ObjectAttributes } from "../../../lib/index.ts";
import { inBothWays } from "./in-both-ways.ts";

const expires = new Date("2030-01-02T03:04:05Z");
const attributes: ObjectAttributes = {
  contentType: "text/plain; charset=utf-8",
  cacheControl: "max-age=60",
  contentDisposition: "attachment; filename*=UTF-8''a%20b.txt",
  contentEncoding: "gzip",
  contentLanguage: "ko",
  expires,
  metadata: { owner: "te am+1", note: "c=d&e" },
};

/** What HEAD tells of {@link attributes}. */
function attributesOf({ contentType, metadata, headers }: HeadObjectResult): ObjectAttributes {
  return {
    contentType: contentType!,
    cacheControl: headers["cache-control"]!,
    contentDisposition: headers["content-disposition"]!,
    contentEncoding: headers["content-encoding"]!,
    contentLanguage: headers["content-language"]!,
    expires: new Date(headers.expires!),
    metadata,
  };
}

for (const [way, singlePut] of Object.entries({ "in parts": false, "as one Put Object": true })) {
  inBothWays(`HEAD tells every attribute of a stream that was sent ${way}`, async ({ client, prefix }) => {
    const key = `${prefix}object`;
    const upload = client.createUploadStream({ key, singlePut, ...attributes });
    upload.end("content");
    await upload.done;
    assert.deepEqual(attributesOf(await client.headObject({ key })), attributes);
  });
}

inBothWays("without a content type an object is a stream of bytes", async ({ client, prefix }) => {
  const key = `${prefix}object`;
  await client.putObject({ key, body: Buffer.from("content") });
  assert.equal((await client.headObject({ key })).contentType, "application/octet-stream");
});

inBothWays("HEAD of an object that is not there is a 404", async ({ client, prefix }) => {
  await assert.rejects(client.headObject({ key: `${prefix}none` }), { statusCode: 404, code: "HTTP_404" });
});

inBothWays(
  "a Put Object whose MD5 is another is refused, and no object is made",
  async ({ client, prefix, read }) => {
    const wrong = { md5: "1B2M2Y8AsgTpgAmY7PhCfg==", crc64: "1" };
    const put = client.putObject({ key: `${prefix}object`, body: Buffer.from("content"), ...wrong });
    await assert.rejects(put, { code: "BadDigest", statusCode: 400 });
    assert.equal(await read(`${prefix}object`), undefined);
  },
);
