import assert from "node:assert/strict";
import { pipeline } from "node:stream/promises";
import { test } from "node:test";
import { CosClient } from "../../lib/index.ts";
import { KIB, MIB, readableOf, seededBytes } from "../support/bytes.ts";
import { digestOf, storedDigest, useEmulator } from "../support/emulator.ts";
import { until } from "../support/ending.ts";

const P = MIB;

test("48 streams share the memory of four parts: all arrive, and never more is held", async (t) => {
  const emulator = await useEmulator(t);
  await using client = new CosClient({ ...emulator.target, memory: 4 * P });
  let most = 0;
  let waiting = 0;
  const watching = setInterval(() => {
    most = Math.max(most, client.stats().memoryHeld);
    waiting = Math.max(waiting, client.stats().streamsWaitingForMemory);
  }, 1);
  const objects = Array.from({ length: 48 }, (_, i) => seededBytes((i % 3) * P + 200 * KIB + i, i));
  await Promise.all(
    objects.map((bytes, i) =>
      pipeline(readableOf(bytes, 50_000 + i), client.createUploadStream({ key: `object-${i}`, partSize: P })),
    ),
  );
  clearInterval(watching);
  for (const [i, bytes] of objects.entries()) {
    assert.equal(await storedDigest(emulator, `object-${i}`), digestOf(bytes), `object-${i}`);
  }
  assert.ok(most <= 4 * P && most > 2 * P, `${most} bytes`);
  assert.ok(waiting > 0, "nobody ever waited");
  const { streams, memory, memoryHeld, streamsWaitingForMemory } = client.stats();
  assert.deepEqual([streams, memory, memoryHeld, streamsWaitingForMemory], [0, 4 * P, 0, 0]);
});

test("streams whose sources fall silent in mid-part do not stop the others", async (t) => {
  const emulator = await useEmulator(t);
  await using client = new CosClient({ ...emulator.target, memory: 8 * P });
  const silent = Array.from({ length: 6 }, (_, i) =>
    client.createUploadStream({ key: `silent-${i}`, partSize: P }),
  );
  for (const stream of silent) stream.on("error", () => {}).write(seededBytes(300 * KIB));
  const bytes = seededBytes(9 * P + 5);
  const upload = client.createUploadStream({ key: "object", partSize: 2 * P });
  await pipeline(readableOf(bytes), upload);
  assert.equal(await storedDigest(emulator, "object"), digestOf(bytes));
  for (const stream of silent) stream.destroy();
  await until(() => client.stats().streams === 0, "the silent streams are closed");
  assert.equal(client.stats().memoryHeld, 0);
});

test("a stream that is destroyed gives its memory to those that wait", async (t) => {
  const emulator = await useEmulator(t);
  await using client = new CosClient({ ...emulator.target, memory: 2 * P });
  const times = Number.POSITIVE_INFINITY;
  emulator.faults.add({
    key: "greedy",
    operation: "UploadPart",
    times,
    fault: { kind: "stall", where: "request" },
  });
  const greedy = client.createUploadStream({ key: "greedy", partSize: P }).on("error", () => {});
  greedy.write(seededBytes(3 * P));
  await until(() => client.stats().memoryHeld === 2 * P, "all memory is held");
  const bytes = seededBytes(2 * P + 1);
  const upload = client.createUploadStream({ key: "object", partSize: P });
  upload.end(bytes);
  await until(() => client.stats().streamsWaitingForMemory === 2, "both wait");
  greedy.destroy();
  await upload.done;
  assert.equal(await storedDigest(emulator, "object"), digestOf(bytes));
});

test("one stream may be given less of the client's memory, and never more", async (t) => {
  const emulator = await useEmulator(t);
  await using client = new CosClient({ ...emulator.target, memory: 8 * P });
  const upload = client.createUploadStream({ key: "object", partSize: P, memory: 2 * P });
  let most = 0;
  upload.on("part", () => {
    most = Math.max(most, upload.stats().memoryHeld);
  });
  await pipeline(readableOf(seededBytes(8 * P)), upload);
  assert.ok(most <= 2 * P, `${most} bytes`);
  assert.throws(() => client.createUploadStream({ key: "object", memory: 8 * P + 1 }), {
    code: "ERR_COS_INVALID_OPTION",
    option: "memory",
  });
});

test("the streams of a client are digested together, so their `digest` is the client's", async (t) => {
  const { target } = await useEmulator(t);
  await using client = new CosClient({ ...target, digest: { worker: false } });
  assert.throws(() => client.createUploadStream({ key: "object", digest: { worker: true } }), {
    code: "ERR_COS_INVALID_OPTION",
    option: "digest",
  });
  const upload = client.createUploadStream({ key: "object", digest: { worker: false } });
  upload.end("x");
  await upload.done;
  assert.equal(client.stats().hashing, "inline");
});
