import assert from "node:assert/strict";
import { test } from "node:test";
import { CosClient, createUploadStream } from "../../lib/index.ts";
import { KEYS } from "../support/client.ts";
import "../support/leaks.ts";

const serverSideEncryption = { type: "SSE-C", key: Buffer.alloc(32, "canary") } as const;
const connection = { bucket: "examplebucket-1250000000", region: "ap-beijing", credentials: KEYS };

const LOOPBACK = [
  "http://127.0.0.1:9",
  "http://127.255.255.254:9",
  "http://localhost:9",
  "http://LOCALHOST:9",
  "http://[::1]:9",
  "http://[0:0:0:0:0:0:0:1]:9",
  // Other ways to write 127.0.0.1, which is what is connected to.
  "http://127.1:9",
  "http://0x7f.1:9",
  "http://2130706433:9",
  "http://127.0.0.1.:9",
];

/** Not this machine, or not surely. */
const ELSEWHERE = [
  "http://cos.example.com",
  "http://{bucket}.cos.{region}.myqcloud.com",
  "http://127.0.0.1.evil.com",
  "http://localhost.evil.com",
  "http://localhost.",
  "http://evil-localhost",
  "http://a.localhost",
  "http://0.0.0.0",
  "http://[::]",
  "http://[::ffff:127.0.0.1]",
  "http://[::ffff:10.0.0.1]",
  "http://128.0.0.1",
  "http://0177.0.0.1.evil.com",
  "http://127.0.0.1\t.evil.com",
  "http://10.0.0.1",
  "http://169.254.169.254",
];

for (const endpoint of LOOPBACK) {
  test(`an SSE-C key may travel over plain HTTP to ${endpoint}, which is this machine`, async () => {
    await createUploadStream({ ...connection, key: "k", endpoint, serverSideEncryption })[
      Symbol.asyncDispose
    ]();
  });
}

for (const endpoint of ELSEWHERE) {
  test(`an SSE-C key does not travel over plain HTTP to ${JSON.stringify(endpoint)}, by no way`, async () => {
    const refused = { code: "ERR_COS_INVALID_OPTION", option: "serverSideEncryption" };
    await using client = new CosClient({ ...connection, endpoint });
    assert.throws(
      () => createUploadStream({ ...connection, key: "k", endpoint, serverSideEncryption }),
      refused,
    );
    assert.throws(() => client.createUploadStream({ key: "k", serverSideEncryption }), refused);
    assert.throws(() => createUploadStream({ client, key: "k", serverSideEncryption }), refused);
    const body = Buffer.from("x");
    const upload = { key: "k", uploadId: "id", partNumber: 1, body, serverSideEncryption };
    await assert.rejects(client.uploadPart(upload), refused);
    await assert.rejects(client.putObject({ key: "k", body, serverSideEncryption }), refused);
    await assert.rejects(client.headObject({ key: "k", serverSideEncryption }), refused);
    await assert.rejects(client.initiateMultipartUpload({ key: "k", serverSideEncryption }), refused);
  });
}
