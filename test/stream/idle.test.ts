import assert from "node:assert/strict";
import { once } from "node:events";
import { describe, test } from "node:test";
import { createUploadStream } from "../../lib/index.ts";
import { IdleWatch } from "../../lib/stream/idle-watch.ts";
import { MIB, seededBytes } from "../support/bytes.ts";
import { runScript } from "../support/child.ts";
import { operations, useEmulator } from "../support/emulator.ts";
import { failure, recordEnding, success } from "../support/ending.ts";

const P = MIB;
const always = Number.POSITIVE_INFINITY;

describe("timeout.idle", () => {
  test("fails an upload whose source says nothing, from the beginning on", async (t) => {
    const emulator = await useEmulator(t);
    const upload = createUploadStream({ ...emulator.target, key: "object", timeout: { idle: 50 } });
    const ending = recordEnding(upload);
    const error = await failure(ending);
    assert.equal(error.code, "ERR_COS_IDLE");
    assert.match(error.message, /50 ms/);
    assert.deepEqual(operations(emulator), []);
  });

  test("fails an upload whose source falls silent, and aborts it (aws/aws-sdk-js-v3#6118)", async (t) => {
    const emulator = await useEmulator(t);
    const options = { partSize: P, timeout: { idle: 300 } };
    const upload = createUploadStream({ ...emulator.target, key: "object", ...options });
    const ending = recordEnding(upload);
    upload.write(seededBytes(P + 1));
    const error = await failure(ending);
    assert.deepEqual([error.code, error.uploadId], ["ERR_COS_IDLE", upload.uploadId]);
    assert.deepEqual(emulator.uploads(), []);
  });

  test("does not count the time in which the source is held back", async (t) => {
    const emulator = await useEmulator(t);
    emulator.faults.add({
      operation: "UploadPart",
      times: always,
      fault: { kind: "latency", milliseconds: 700 },
    });
    const options = { partSize: P, memory: P, timeout: { idle: 300 } };
    const upload = createUploadStream({ ...emulator.target, key: "object", ...options });
    const ending = recordEnding(upload);
    upload.write(seededBytes(2 * P));
    upload.end();
    await success(ending);
  });

  test("does not count the time after the source's end", async (t) => {
    const emulator = await useEmulator(t, { completeDelay: 700 });
    const options = { partSize: P, timeout: { idle: 300 } };
    const upload = createUploadStream({ ...emulator.target, key: "object", ...options });
    const ending = recordEnding(upload);
    upload.end(seededBytes(P));
    await success(ending);
  });

  test("begins anew with each chunk", async (t) => {
    const emulator = await useEmulator(t);
    const upload = createUploadStream({ ...emulator.target, key: "object", timeout: { idle: 1000 } });
    const ending = recordEnding(upload);
    for (let i = 0; i < 8; i++) {
      upload.write("x");
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    upload.end();
    await success(ending);
  });

  test("and a stream without it waits for ever", async (t) => {
    const emulator = await useEmulator(t);
    const upload = createUploadStream({ ...emulator.target, key: "object" });
    upload.write("x");
    await once(upload, "initiate");
    await new Promise((resolve) => setTimeout(resolve, 300));
    assert.equal(upload.destroyed, false);
    upload.end();
    await upload.done;
  });
});

describe("The idle watch", () => {
  test("tells once it was not touched for so long, and not while it is paused or stopped", async () => {
    let told = 0;
    const watch = new IdleWatch(60, () => told++);
    watch.touch();
    watch.pause();
    await new Promise((resolve) => setTimeout(resolve, 150));
    assert.equal(told, 0);
    watch.resume();
    await new Promise((resolve) => setTimeout(resolve, 150));
    assert.equal(told, 1);
    watch.resume();
    watch.stop();
    await new Promise((resolve) => setTimeout(resolve, 150));
    assert.equal(told, 1);
  });
});

describe("A process", { concurrency: 2 }, () => {
  const start = `
    const { createUploadStream } = await import("cos-upload-stream");
    const credentials = { secretId: "id", secretKey: "key" };
    const target = { bucket: "examplebucket-1250000000", region: "ap-beijing", credentials };
  `;

  test("that only created a stream exits (rule 30)", async () => {
    const { code, errors } = await runScript(`${start}
      createUploadStream({ ...target, key: "k" });
    `);
    assert.equal(code, 0, errors);
  });

  test("with an upload that has received bytes and is not ended does not exit silently", async () => {
    // aws/aws-sdk-js-v3#6118: half a stream, nothing stored, and exit code 0.
    const { code, output } = await runScript(
      `
      const { startEmulator } = await import("cos-upload-stream/emulator");
      ${start}
      const emulator = await startEmulator();
      const upload = createUploadStream({ ...emulator.target, key: "k" });
      upload.write("half");
      upload.once("initiate", async () => {
        await emulator.close();
        console.log("nothing else is going on");
      });
    `,
      6000,
    );
    assert.match(output, /nothing else is going on/);
    assert.equal(code, null, "it was still alive, and was ended from outside");
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
