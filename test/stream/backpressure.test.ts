import assert from "node:assert/strict";
import { once } from "node:events";
import { pipeline } from "node:stream/promises";
import { describe, test } from "node:test";
import type { Emulator } from "../../lib/emulator/index.ts";
import { createUploadStream } from "../../lib/index.ts";
import { KIB, MIB, readableOf, seededBytes } from "../support/bytes.ts";
import { digestOf, storedDigest, useEmulator } from "../support/emulator.ts";
import { received, recordEnding, success, until } from "../support/ending.ts";

const P = MIB;
const always = Number.POSITIVE_INFINITY;

function slowParts(emulator: Emulator, milliseconds: number): void {
  emulator.faults.add({ operation: "UploadPart", times: always, fault: { kind: "latency", milliseconds } });
}

describe("Backpressure", () => {
  test("write is false until a part's memory is free, and drain comes once for each need", async (t) => {
    const emulator = await useEmulator(t);
    slowParts(emulator, 30);
    const upload = createUploadStream({ ...emulator.target, key: "object", partSize: P, memory: 2 * P });
    let drains = 0;
    let needs = 0;
    upload.on("drain", () => drains++);
    for (let i = 0; i < 40; i++) {
      if (upload.write(seededBytes(300 * KIB, i))) continue;
      needs += 1;
      assert.equal(upload.writableNeedDrain, true);
      await once(upload, "drain");
      assert.equal(upload.writableNeedDrain, false);
    }
    assert.ok(needs > 0);
    upload.end();
    await upload.done;
    assert.equal(drains, needs);
  });

  test("a source is not paused while a slot is free (aws/aws-cli#2390)", async (t) => {
    const emulator = await useEmulator(t);
    emulator.faults.add({
      operation: "UploadPart",
      times: always,
      fault: { kind: "stall", where: "request" },
    });
    const options = { partSize: P, concurrency: 3, memory: 4 * P };
    const upload = createUploadStream({ ...emulator.target, key: "object", ...options });
    const ending = recordEnding(upload);
    for (let i = 0; i < 3; i++) {
      await new Promise<void>((resolve) => upload.write(seededBytes(P, i), () => resolve()));
    }
    await received(emulator, "UploadPart", 3);
    assert.equal(upload.stats().waitingForMemory, false, "a fourth part may be filled beside them");
    await new Promise<void>((resolve) => upload.write(seededBytes(P - 1), () => resolve()));
    upload.write("12");
    await until(() => upload.stats().waitingForMemory, "the fifth part waits for memory");
    upload.destroy();
    await ending.closed;
  });

  for (const [name, memory] of [
    ["(concurrency + 4) parts", 128 * MIB],
    ["the memory option", 2 * P],
    ["one part, when that is the memory (aws/aws-sdk-java-v2#7024)", P],
  ] as const) {
    test(`a fast source never makes it hold more than ${name}`, async (t) => {
      // aws/aws-sdk-js-v3#4257
      const emulator = await useEmulator(t);
      slowParts(emulator, 10);
      const options = { partSize: P, concurrency: 3, memory };
      const upload = createUploadStream({ ...emulator.target, key: "object", ...options });
      const limit = Math.min(memory, 7 * P);
      let most = 0;
      let sending = 0;
      async function* source(): AsyncGenerator<Buffer> {
        for (let i = 0; i < 12 * 16; i++) {
          yield seededBytes(64 * KIB, i);
          const { memoryHeld, partsSending } = upload.stats();
          most = Math.max(most, memoryHeld);
          sending = Math.max(sending, partsSending);
        }
      }
      upload.on("part", () => {
        most = Math.max(most, upload.stats().memoryHeld);
      });
      await pipeline(source, upload);
      assert.ok(most <= limit && most >= limit / 2, `${most} of ${limit} bytes`);
      assert.ok(sending <= 3);
      assert.equal(upload.stats().memoryHeld, 0);
      assert.equal(upload.result?.size, 12 * P);
    });
  }

  test("timers and sockets have their turn while a large chunk is taken", async (t) => {
    const emulator = await useEmulator(t);
    const upload = createUploadStream({ ...emulator.target, key: "object", partSize: 32 * P });
    const chunk = seededBytes(32 * P);
    let turns = 0;
    let taken = false;
    const count = (): void => {
      turns += 1;
      if (!taken) setImmediate(count);
    };
    setImmediate(count);
    await new Promise<void>((resolve) => upload.write(chunk, () => resolve()));
    taken = true;
    assert.ok(turns >= 5, `${turns} turns`);
    upload.end();
    await upload.done;
    assert.equal(await storedDigest(emulator, "object"), digestOf(chunk));
  });

  for (const concurrency of [1, 2, 5]) {
    test(`never more than ${concurrency} parts are on their way at a time`, async (t) => {
      const emulator = await useEmulator(t);
      slowParts(emulator, 15);
      const upload = createUploadStream({ ...emulator.target, key: "object", partSize: P, concurrency });
      let most = 0;
      const watching = setInterval(() => {
        const open = emulator.requests.filter(
          ({ operation, statusCode }) => operation === "UploadPart" && statusCode === undefined,
        );
        most = Math.max(most, open.length);
      }, 1);
      await pipeline(readableOf(seededBytes(12 * P)), upload);
      clearInterval(watching);
      assert.equal(most, concurrency);
    });
  }

  test("a request opens only when its part is full: none waits for the source (ali-sdk/ali-oss#859)", async (t) => {
    // googleapis/nodejs-storage#1622: no 408 from a slow source.
    const emulator = await useEmulator(t);
    const upload = createUploadStream({ ...emulator.target, key: "object", partSize: P });
    upload.write(seededBytes(2 * P - 1));
    await once(upload, "part");
    await until(() => upload.stats().partsSending === 0, "the first part is confirmed");
    assert.equal(emulator.requests.filter(({ operation }) => operation === "UploadPart").length, 1);
    upload.end("x");
    await upload.done;
  });

  test("write does not wait for Initiate", async (t) => {
    const emulator = await useEmulator(t);
    emulator.faults.add({
      operation: "InitiateMultipartUpload",
      fault: { kind: "latency", milliseconds: 500 },
    });
    const upload = createUploadStream({ ...emulator.target, key: "object", partSize: P });
    const ending = recordEnding(upload);
    await new Promise<void>((resolve) => upload.write(seededBytes(3 * P), () => resolve()));
    assert.equal(upload.uploadId, undefined);
    await until(() => upload.stats().partsWaiting === 3, "the parts are digested");
    assert.equal(upload.uploadId, undefined);
    upload.end();
    await success(ending);
  });
});

describe("Parts that are confirmed out of order", () => {
  test("are told of in that order, and listed in ascending order", async (t) => {
    // awslabs/aws-c-s3#656: numbered when cut, never when sent.
    const emulator = await useEmulator(t);
    emulator.faults.add({ partNumber: 1, fault: { kind: "latency", milliseconds: 500 } });
    const bytes = seededBytes(3 * P + 9);
    const upload = createUploadStream({ ...emulator.target, key: "object", partSize: P, concurrency: 2 });
    const order: number[] = [];
    upload.on("part", ({ partNumber }) => {
      order.push(partNumber);
      const numbers = upload.parts.map((part) => part.partNumber);
      assert.deepEqual(
        numbers,
        [...numbers].sort((a, b) => a - b),
      );
    });
    await pipeline(readableOf(bytes), upload);
    assert.deepEqual(order, [2, 3, 4, 1]);
    assert.deepEqual(
      upload.result?.parts.map(({ partNumber, offset }) => [partNumber, offset]),
      [1, 2, 3, 4].map((number) => [number, (number - 1) * P]),
    );
    assert.equal(await storedDigest(emulator, "object"), digestOf(bytes));
  });

  test("with random latencies and failures still make the same object", async (t) => {
    const emulator = await useEmulator(t);
    for (let partNumber = 1; partNumber <= 12; partNumber++) {
      const milliseconds = (partNumber * 7919) % 50;
      emulator.faults.add({ partNumber, fault: { kind: "latency", milliseconds } });
    }
    emulator.faults.add({ partNumber: 5, fault: { kind: "reset", afterBytes: 500_000 } });
    emulator.faults.add({ partNumber: 9, fault: { kind: "lost-answer" } });
    const bytes = seededBytes(12 * P - 3);
    const upload = createUploadStream({ ...emulator.target, key: "object", partSize: P, concurrency: 6 });
    await pipeline(readableOf(bytes, 70_001), upload);
    assert.equal(await storedDigest(emulator, "object"), digestOf(bytes));
  });
});

test("stats() tells what an upload holds and waits for", async (t) => {
  const emulator = await useEmulator(t);
  const stall = emulator.faults.add({
    operation: "UploadPart",
    times: always,
    fault: { kind: "latency", milliseconds: 300 },
  });
  const options = { partSize: P, concurrency: 1, memory: 2 * P };
  const upload = createUploadStream({ ...emulator.target, key: "object", ...options });
  const idle = upload.stats();
  assert.deepEqual(idle, {
    state: "idle",
    received: 0,
    sent: 0,
    confirmed: 0,
    partsSending: 0,
    partsWaiting: 0,
    partsDigesting: 0,
    partsConfirmed: 0,
    memoryHeld: 0,
    waitingForMemory: false,
    hashing: "inline",
  });
  upload.write(seededBytes(2 * P + 1));
  assert.equal(upload.stats().state, "initiating");
  await received(emulator, "UploadPart");
  const busy = upload.stats();
  assert.deepEqual(
    [busy.state, busy.received, busy.confirmed, busy.partsSending, busy.partsWaiting, busy.memoryHeld],
    ["sending", 2 * P, 0, 1, 1, 2 * P],
  );
  assert.deepEqual([busy.waitingForMemory, busy.partsConfirmed], [true, 0]);
  stall.remove();
  upload.end();
  await upload.done;
  const done = upload.stats();
  assert.deepEqual(
    [done.state, done.received, done.sent, done.confirmed, done.partsConfirmed, done.memoryHeld],
    ["done", 2 * P + 1, 2 * P + 1, 2 * P + 1, 3, 0],
  );
});

test("Memory in which no part fits is refused, and never a deadlock (aws/aws-sdk-java-v2#7024)", async (t) => {
  const { target } = await useEmulator(t);
  assert.throws(() => createUploadStream({ ...target, key: "object", partSize: 2 * P, memory: 2 * P - 1 }), {
    code: "ERR_COS_INVALID_OPTION",
    option: "partSize",
  });
});
