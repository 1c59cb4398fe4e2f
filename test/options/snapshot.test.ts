import assert from "node:assert/strict";
import { test } from "node:test";
import { createUploadStream } from "../../lib/index.ts";
import { useEmulator } from "../support/emulator.ts";

test("a program may wipe its SSE-C key and reuse its options as soon as the stream is made", async (t) => {
  const emulator = await useEmulator(t);
  const key = Buffer.from("0123456789ABCDEF0123456789ABCDEF");
  const options = {
    ...emulator.target,
    key: "k",
    contentType: "text/x",
    metadata: { a: "1" },
    tagging: { tag: "1" },
    expires: new Date(0),
    serverSideEncryption: { type: "SSE-C" as const, key },
  };
  const upload = createUploadStream(options);
  key.fill(0);
  options.metadata.a = "2\r\nx-cos-acl: public-read";
  options.tagging.tag = "2";
  options.contentType = "text/y";
  options.expires.setTime(1e12);
  upload.end("x");
  await upload.done;
  const { headers } = emulator.requests[0]!;
  assert.equal(
    headers["x-cos-server-side-encryption-customer-key"],
    "MDEyMzQ1Njc4OUFCQ0RFRjAxMjM0NTY3ODlBQkNERUY=",
  );
  assert.deepEqual(
    [headers["content-type"], headers["x-cos-meta-a"], headers["x-cos-tagging"], headers.expires],
    ["text/x", "1", "tag=1", "Thu, 01 Jan 1970 00:00:00 GMT"],
  );
});

test("credentials are taken as they are when the stream is made", async (t) => {
  const emulator = await useEmulator(t);
  const credentials = { ...emulator.target.credentials };
  const upload = createUploadStream({ ...emulator.target, credentials, key: "k" });
  credentials.secretKey = "wiped";
  upload.end("x");
  assert.equal((await upload.done).size, 1);
});
