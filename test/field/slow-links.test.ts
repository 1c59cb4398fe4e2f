import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { CosClient, createUploadStream } from "../../lib/index.ts";
import { MIB, seededBytes } from "../support/bytes.ts";
import { digestOf, storedDigest, useEmulator } from "../support/emulator.ts";
import { useHostile } from "../support/hostile.ts";

/** As a link of 40 KiB/s is to the default timeouts, this one is to timeouts of a thirtieth. */
const SLOW = 1_300_000;
const TIMEOUT = { attempt: 4000, stall: 1000 };

test("On a slow link, what keeps moving is not sent twice, however long it takes", async (t) => {
  const emulator = await useEmulator(t);
  emulator.faults.add({ operation: "PutObject", fault: { kind: "throttle", bytesPerSecond: SLOW } });
  await using client = new CosClient({ ...emulator.target, timeout: TIMEOUT });
  const content = seededBytes(8 * MIB);
  await client.putObject({ key: "k", body: content });
  assert.equal(emulator.requests.length, 1);
  assert.equal(await storedDigest(emulator, "k"), digestOf(content));
});

describe("A connection on which nothing moves", () => {
  test("is given up after timeout.stall, and the part is sent again", async (t) => {
    const emulator = await useEmulator(t);
    emulator.faults.add({ operation: "UploadPart", fault: { kind: "stall", where: "request" } });
    const upload = createUploadStream({
      ...emulator.target,
      key: "k",
      partSize: MIB,
      timeout: { stall: 100 },
    });
    const messages: string[] = [];
    upload.on("retry", ({ error }) => messages.push(error.message));
    upload.end(seededBytes(2 * MIB));
    await upload.done;
    assert.ok(messages.length >= 1);
    assert.match(messages[0]!, /Nothing moved .* for \d+ ms; raise "timeout\.stall"/);
  });

  test("is given up where the server takes the request and says nothing", async (t) => {
    const { client } = await useHostile(t, () => {}, { timeout: { stall: 50 } });
    await assert.rejects(client.headObject({ key: "k" }), { code: "ERR_COS_TIMEOUT" });
  });

  test("is waited for while a Complete merges, which may be silent", async (t) => {
    const emulator = await useEmulator(t);
    emulator.faults.add({
      operation: "CompleteMultipartUpload",
      fault: { kind: "latency", milliseconds: 1000 },
    });
    const upload = createUploadStream({ ...emulator.target, key: "k", timeout: { stall: 200 } });
    upload.end("hello");
    await upload.done;
    assert.equal(emulator.requests.filter(({ operation }) => operation.startsWith("Complete")).length, 1);
  });
});
