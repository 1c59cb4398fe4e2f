import assert from "node:assert/strict";
import { pipeline } from "node:stream/promises";
import { test } from "node:test";
import { createUploadStream } from "../lib/index.ts";
import { MIB, readableOf, seededBytes } from "./support/bytes.ts";
import { digestOf, operations, storedDigest, useEmulator } from "./support/emulator.ts";

const P = MIB;

for (const size of [0, 1, P - 1, P, P + 1, 2 * P, 2 * P + 1]) {
  test(`a stream of ${size} bytes becomes an object of ${Math.ceil(size / P)} parts of ${P} bytes (aws/aws-sdk-js#1382)`, async (t) => {
    const emulator = await useEmulator(t);
    const bytes = seededBytes(size);
    const upload = createUploadStream({ ...emulator.target, key: "object", partSize: P });
    await pipeline(readableOf(bytes), upload);
    const parts = Array.from({ length: Math.ceil(size / P) }, (_, i) => Math.min(P, size - i * P));
    assert.deepEqual(
      upload.result?.parts.map((part) => part.size),
      parts,
    );
    assert.equal(await storedDigest(emulator, "object"), digestOf(bytes));
    assert.equal(upload.result?.size, size);
    assert.equal(
      operations(emulator).filter((name) => name === "CompleteMultipartUpload").length,
      size > 0 ? 1 : 0,
    );
  });
}

test("64 parts in flight at once raise no warning about listeners", async (t) => {
  const emulator = await useEmulator(t);
  emulator.faults.add({ operation: "UploadPart", times: 64, fault: { kind: "latency", milliseconds: 300 } });
  const upload = createUploadStream({ ...emulator.target, key: "object", partSize: P, concurrency: 64 });
  let most = 0;
  upload.on("progress", () => {
    most = Math.max(most, upload.stats().partsSending);
  });
  upload.end(seededBytes(66 * P));
  assert.equal((await upload.done).parts.length, 66);
  assert.ok(most > 10, `only ${most} were in flight`);
  // The file's teardown fails on a warning.
});
