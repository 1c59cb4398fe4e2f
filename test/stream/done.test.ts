import assert from "node:assert/strict";
import { test } from "node:test";
import { createUploadStream } from "../../lib/index.ts";
import { useEmulator } from "../support/emulator.ts";
import { received } from "../support/ending.ts";

test("who takes `done` hears of a failure by it, and needs no error listener", async (t) => {
  const emulator = await useEmulator(t);
  emulator.faults.add({
    operation: "InitiateMultipartUpload",
    fault: { kind: "error", statusCode: 403, code: "AccessDenied" },
  });
  const upload = createUploadStream({ ...emulator.target, key: "object" });
  upload.end("bytes");
  await assert.rejects(upload.done, { code: "AccessDenied", operation: "InitiateMultipartUpload" });
});

test("`done` of a silent destroy during Complete says what became of the object", async (t) => {
  const emulator = await useEmulator(t);
  emulator.faults.add({ operation: "CompleteMultipartUpload", fault: { kind: "stall", where: "answer" } });
  const upload = createUploadStream({ ...emulator.target, key: "object" });
  upload.end("bytes");
  await received(emulator, "CompleteMultipartUpload");
  await new Promise((resolve) => setTimeout(resolve, 200));
  upload.destroy();
  await assert.rejects(upload.done, { code: "ERR_COS_DESTROYED", outcome: "completed" });
  assert.notEqual(emulator.object("object"), undefined);
});

test("a failure of the network says which request it was", async (t) => {
  const emulator = await useEmulator(t);
  emulator.faults.add({ operation: "UploadPart", times: 9, fault: { kind: "reset" } });
  const retry = { maxAttempts: 2, baseDelay: 1 };
  const upload = createUploadStream({ ...emulator.target, key: "object", retry });
  upload.end("bytes");
  await assert.rejects(upload.done, {
    code: "ERR_COS_NETWORK",
    operation: "UploadPart",
    partNumber: 1,
    uploadId: /./,
  });
});
