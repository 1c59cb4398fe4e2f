import assert from "node:assert/strict";
import { once } from "node:events";
import { describe, test } from "node:test";
import { createUploadStream } from "../../lib/index.ts";
import { IdleWatch } from "../../lib/stream/idle-watch.ts";
import { MIB, seededBytes } from "../support/bytes.ts";
import { runScript } from "../support/child.ts";
import { TestClock, useClock } from "../support/clock.ts";
import { operations, useEmulator } from "../support/emulator.ts";
import { failure, received, recordEnding, success, until } from "../support/ending.ts";

const P = MIB;
const always = Number.POSITIVE_INFINITY;

describe("timeout.idle", () => {
  test("fails an upload whose source says nothing, from the beginning on", async (t) => {
    const clock = useClock(t);
    const emulator = await useEmulator(t);
    const upload = createUploadStream({ ...emulator.target, key: "object", timeout: { idle: 50 } });
    const ending = recordEnding(upload);
    await clock.pass(49);
    assert.equal(upload.destroyed, false);
    await clock.pass(1);
    const error = await failure(ending);
    assert.equal(error.code, "ERR_COS_IDLE");
    assert.match(error.message, /50 ms/);
    assert.deepEqual(operations(emulator), []);
  });

  test("fails an upload whose source falls silent, and aborts it (aws/aws-sdk-js-v3#6118)", async (t) => {
    const clock = useClock(t);
    const emulator = await useEmulator(t);
    const options = { partSize: P, timeout: { idle: 300 } };
    const upload = createUploadStream({ ...emulator.target, key: "object", ...options });
    const ending = recordEnding(upload);
    const part = once(upload, "part");
    await new Promise<void>((resolve) => upload.write(seededBytes(P + 1), () => resolve()));
    // A part waits a tenth of a second for others to be digested with.
    await clock.pass(100);
    await part;
    assert.equal(upload.destroyed, false);
    await clock.pass(200);
    const error = await failure(ending);
    assert.deepEqual([error.code, error.uploadId], ["ERR_COS_IDLE", upload.uploadId]);
    assert.deepEqual(emulator.uploads(), []);
  });

  test("does not count the time in which the source is held back", async (t) => {
    const clock = useClock(t);
    const emulator = await useEmulator(t);
    const stall = { kind: "stall", where: "request" } as const;
    const stalled = emulator.faults.add({ operation: "UploadPart", times: always, fault: stall });
    const options = { partSize: P, memory: P, timeout: { idle: 300 } };
    const upload = createUploadStream({ ...emulator.target, key: "object", ...options });
    const ending = recordEnding(upload);
    upload.write(seededBytes(2 * P));
    await until(() => upload.stats().waitingForMemory, "the source is held back");
    await clock.pass(700);
    stalled.remove();
    upload.end();
    await success(ending);
  });

  test("does not count the time after the source's end", async (t) => {
    const clock = useClock(t);
    const emulator = await useEmulator(t);
    const stall = { kind: "stall", where: "answer" } as const;
    const stalled = emulator.faults.add({ operation: "CompleteMultipartUpload", fault: stall });
    const options = { partSize: P, timeout: { idle: 300 } };
    const upload = createUploadStream({ ...emulator.target, key: "object", ...options });
    const ending = recordEnding(upload);
    upload.end(seededBytes(P));
    await received(emulator, "CompleteMultipartUpload");
    await clock.pass(700);
    stalled.remove();
    await success(ending);
  });

  test("begins anew with each chunk", async (t) => {
    const clock = useClock(t);
    const emulator = await useEmulator(t);
    const upload = createUploadStream({ ...emulator.target, key: "object", timeout: { idle: 1000 } });
    const ending = recordEnding(upload);
    for (let i = 0; i < 8; i++) {
      await new Promise<void>((resolve) => upload.write("x", () => resolve()));
      await clock.pass(999);
    }
    upload.end();
    await success(ending);
  });

  test("and a stream without it waits for ever", async (t) => {
    const clock = useClock(t);
    const emulator = await useEmulator(t);
    const upload = createUploadStream({ ...emulator.target, key: "object" });
    upload.write("x");
    await once(upload, "initiate");
    await clock.pass(10_000);
    assert.equal(upload.destroyed, false);
    upload.end();
    await upload.done;
  });
});

describe("The idle watch", () => {
  test("tells once it was not touched for so long, and not while it is paused or stopped", async () => {
    const clock = new TestClock();
    let told = 0;
    const watch = new IdleWatch(60, () => told++, clock);
    watch.touch();
    watch.pause();
    await clock.pass(150);
    assert.equal(told, 0);
    watch.resume();
    await clock.pass(59);
    assert.equal(told, 0);
    watch.touch();
    await clock.pass(59);
    assert.equal(told, 0);
    await clock.pass(1);
    assert.equal(told, 1);
    await clock.pass(150);
    assert.equal(told, 1);
    watch.resume();
    watch.stop();
    await clock.pass(150);
    assert.equal(told, 1);
    assert.equal(clock.timers, 0);
  });
});

describe("A process", { concurrency: 2 }, () => {
  const start = `
    const { createUploadStream } = await import("cos-upload-stream");
    const credentials = { secretId: "id", secretKey: "key" };
    const target = { bucket: "examplebucket-1250000000", region: "ap-beijing", credentials };
  `;

  test("that only created a stream exits", async () => {
    const { code, errors } = await runScript(`${start}
      createUploadStream({ ...target, key: "k" });
    `);
    assert.equal(code, 0, errors);
  });

  test("with an upload that has received bytes and is not ended does not exit silently", async () => {
    // aws/aws-sdk-js-v3#6118: half a stream, nothing stored, and exit code 0.
    const { code, output, errors } = await runScript(`
      const { startEmulator } = await import("cos-upload-stream/emulator");
      ${start}
      const emulator = await startEmulator();
      const upload = createUploadStream({ ...emulator.target, key: "k" });
      upload.write("half");
      upload.once("initiate", async () => {
        await emulator.close();
        // A timer that keeps no process alive comes only where something else does.
        setTimeout(() => {
          console.log("still alive, and nothing else is going on");
          process.exit(3);
        }, 500).unref();
      });
    `);
    assert.match(output, /still alive, and nothing else is going on/, errors);
    assert.equal(code, 3);
  });

  for (const ending of ["upload.destroy()", "upload.end()"]) {
    test(`exits once its upload is over by ${ending} (googleapis/nodejs-storage#2367)`, async () => {
      const { code, output, errors } = await runScript(`
        const { startEmulator } = await import("cos-upload-stream/emulator");
        ${start}
        const emulator = await startEmulator();
        const upload = createUploadStream({ ...emulator.target, key: "k", partSize: 2 ** 20 });
        upload.write(Buffer.alloc(2 ** 20 + 1));
        upload.once("part", () => ${ending});
        upload.once("close", () => {
          const left = process.getActiveResourcesInfo().filter((name) => name === "Timeout");
          console.log("closed", left.length);
          emulator.close();
        });
      `);
      assert.equal(output.trim(), "closed 0", errors);
      assert.equal(code, 0, errors);
    });
  }
});
