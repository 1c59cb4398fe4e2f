import assert from "node:assert/strict";
import { test } from "node:test";
import { CosClient, createUploadStream, type UploadStreamOptions } from "../../lib/index.ts";
import { operations, useEmulator } from "../support/emulator.ts";
import { recordEnding } from "../support/ending.ts";

const base: UploadStreamOptions = {
  bucket: "examplebucket-1250000000",
  region: "ap-beijing",
  key: "object",
  credentials: { secretId: "id", secretKey: "key" },
};

const attributes: Readonly<Record<string, Partial<UploadStreamOptions>>> = {
  contentType: { contentType: "text/plain" },
  metadata: { metadata: { owner: "me" } },
  storageClass: { storageClass: "ARCHIVE" },
  tagging: { tagging: { a: "b" } },
};

for (const [option, given] of Object.entries(attributes)) {
  test(`${option} beside an uploadId is refused: the upload was begun without it`, () => {
    assert.throws(() => createUploadStream({ ...base, uploadId: "1", ...given }), {
      code: "ERR_COS_INVALID_OPTION",
      option,
    });
    assert.throws(() => createUploadStream({ ...base, resume: { uploadId: "1" }, ...given }), {
      code: "ERR_COS_INVALID_OPTION",
      option,
    });
  });
}

test("forbidOverwrite beside an uploadId is taken: Complete carries it", () => {
  createUploadStream({ ...base, uploadId: "1", complete: true, forbidOverwrite: true }).destroy();
});

test("a token under another name is refused, as it would not be sent", () => {
  const credentials = { secretId: "id", secretKey: "key", token: "canary-token" };
  assert.throws(
    () => createUploadStream({ ...base, credentials }),
    ({ message }: Error) => /securityToken/.test(message) && !message.includes("canary"),
  );
});

test("an endpoint with a placeholder that nobody fills is refused", () => {
  assert.throws(() => createUploadStream({ ...base, endpoint: "https://{buckett}.example.com" }), {
    code: "ERR_COS_INVALID_OPTION",
    option: "endpoint",
  });
});

test("a gap in the parts to complete is refused before anything is sent", async (t) => {
  const emulator = await useEmulator(t);
  await using client = new CosClient(emulator.target);
  const parts = [1, 3].map((partNumber) => ({ partNumber, etag: '"x"' }));
  await assert.rejects(client.completeMultipartUpload({ key: "object", uploadId: "1", parts }), {
    code: "ERR_COS_INVALID_OPTION",
    option: "parts",
    message: /part 3 after 1/,
  });
  assert.deepEqual(operations(emulator), []);
});

test("one signal serves more than ten streams and calls without a warning", async (t) => {
  const emulator = await useEmulator(t);
  await using client = new CosClient(emulator.target);
  const controller = new AbortController();
  const { signal } = controller;
  const endings = Array.from({ length: 12 }, (_, i) =>
    recordEnding(client.createUploadStream({ key: `object ${i}`, signal })),
  );
  const calls = Array.from({ length: 12 }, () => client.headObject({ key: "none", signal }));
  await Promise.allSettled(calls);
  controller.abort("enough");
  for (const ending of endings) {
    await ending.closed;
    assert.equal((ending.errors[0] as Error).cause, "enough");
  }
  // The file's teardown fails on a warning.
});
