import assert from "node:assert/strict";
import { test } from "node:test";
import { Agent, interceptors } from "undici";
import { CosClient } from "../../lib/index.ts";
import { alterAnswers } from "../support/altering-proxy.ts";
import { AT_ONCE } from "../support/client.ts";
import { useEmulator } from "../support/emulator.ts";
import { failure, recordEnding, success } from "../support/ending.ts";

/** A dispatcher of the caller's, or a proxy, may keep answers. What became of an upload is asked of COS itself. */
const key = "object";
const always = Number.POSITIVE_INFINITY;
const retry = { maxAttempts: 2, ...AT_ONCE };

for (const singlePut of [true, false]) {
  const operation = singlePut ? "PutObject" : "CompleteMultipartUpload";
  test(`A dispatcher with a cache does not hide the object of a ${operation} whose answers were lost`, async (t) => {
    const emulator = await useEmulator(t);
    const agent = new Agent();
    t.after(() => agent.close());
    const dispatcher = agent.compose(interceptors.cache({ methods: ["GET", "HEAD"], type: "private" }));
    const client = new CosClient({ ...emulator.target, retry, dispatcher });
    t.after(() => client.close());
    await client.putObject({ key, body: Buffer.from("older"), cacheControl: "public, max-age=3600" });
    assert.equal((await client.headObject({ key })).size, 5);

    emulator.faults.add({ operation, times: always, fault: { kind: "lost-answer" } });
    const upload = client.createUploadStream({ key, singlePut });
    const ending = recordEnding(upload);
    upload.end("newer bytes");
    await success(ending);
    assert.equal((await client.headObject({ key })).size, 11);
  });
}

test("An answer that a cache on the way kept, though it was asked not to, tells nothing of now", async (t) => {
  const emulator = await useEmulator(t);
  const target = await alterAnswers(t, emulator, ({ method, headers }) => {
    if (method === "HEAD") headers.age = "7";
  });
  emulator.faults.add({ operation: "PutObject", times: always, fault: { kind: "lost-answer" } });
  const client = new CosClient({ ...target, retry });
  t.after(() => client.close());
  const upload = client.createUploadStream({ key, singlePut: true });
  const ending = recordEnding(upload);
  upload.end("bytes");
  assert.equal((await failure(ending)).outcome, "unknown");
  assert.equal((await client.headObject({ key })).size, 5, "it can be looked at, all the same");
});
