import assert from "node:assert/strict";
import { test } from "node:test";
import { Agent } from "undici";
import { CosClient, createUploadStream } from "../../lib/index.ts";
import { KEYS } from "../support/client.ts";
import "../support/leaks.ts";

const connection = {
  bucket: "examplebucket-1250000000",
  region: "ap-beijing",
  endpoint: "https://cos.example.com",
  credentials: KEYS,
};

for (const [name, value] of Object.entries({
  bucket: "other-1250000000",
  region: "ap-seoul",
  endpoint: "https://other.example.com",
  accelerate: true,
  internal: true,
  autoSwitchHost: false,
  credentials: { ...KEYS, secretKey: "other" },
  signer: async () => ({}),
  dispatcher: new Agent(),
})) {
  test(`a stream with a client cannot have another ${name} than the client's`, async () => {
    await using client = new CosClient(connection);
    const construct = (): unknown => createUploadStream({ key: "k", client, [name]: value });
    assert.throws(construct, { name: "TypeError", code: "ERR_COS_INVALID_OPTION", option: name });
  });
}

test("a stream may repeat what its client was made with", async () => {
  await using client = new CosClient(connection);
  await using upload = createUploadStream({ key: "k", client, ...structuredClone(connection) });
  assert.equal(upload.stats().state, "idle");
});

test("a stream may have another retry and timeout than its client", async () => {
  await using client = new CosClient({ ...connection, retry: { maxAttempts: 2 }, timeout: { idle: 1000 } });
  const own = { retry: { maxAttempts: 1 }, timeout: { attempt: 1000 } };
  await using upload = createUploadStream({ key: "k", client, ...own });
  assert.equal(upload.stats().state, "idle");
});
