import assert from "node:assert/strict";
import { once } from "node:events";
import { pipeline } from "node:stream/promises";
import { describe, test } from "node:test";
import { CosClient, createUploadStream } from "../../lib/index.ts";
import { MIB, readableOf, seededBytes } from "../support/bytes.ts";
import { operations, useEmulator } from "../support/emulator.ts";
import { count, failure, received, recordEnding } from "../support/ending.ts";

const P = MIB;
const always = Number.POSITIVE_INFINITY;

describe("Destroy", () => {
  test("is at once, and close waits for the Abort", async (t) => {
    const emulator = await useEmulator(t);
    emulator.faults.add({ operation: "AbortMultipartUpload", fault: { kind: "latency", milliseconds: 100 } });
    const upload = createUploadStream({ ...emulator.target, key: "object", partSize: P });
    const ending = recordEnding(upload);
    upload.write(seededBytes(P));
    await once(upload, "part");
    upload.destroy(new Error("mine"));
    assert.deepEqual([upload.destroyed, upload.closed, upload.writable], [true, false, false]);
    await received(emulator, "AbortMultipartUpload");
    assert.deepEqual(ending.events, []);
    await failure(ending);
    assert.equal(emulator.uploads().length, 0);
  });

  test("without an error is silent: close, no error, writableAborted", async (t) => {
    const emulator = await useEmulator(t);
    const upload = createUploadStream({ ...emulator.target, key: "object", partSize: P });
    const ending = recordEnding(upload);
    upload.write(seededBytes(P));
    await once(upload, "part");
    upload.destroy();
    await ending.closed;
    assert.deepEqual(ending.events, ["close"]);
    assert.equal(upload.errored, null);
    assert.equal((upload as unknown as { writableAborted: boolean }).writableAborted, true);
  });

  test("without an error after the end is silent too, and no success to pipeline, which would take an end for a finish", async (t) => {
    const emulator = await useEmulator(t);
    const stall = { kind: "stall", where: "request" } as const;
    emulator.faults.add({ operation: "CompleteMultipartUpload", times: always, fault: stall });
    const client = new CosClient(emulator.target);
    const upload = client.createUploadStream({ key: "object", partSize: P });
    const ending = recordEnding(upload);
    const piped = pipeline(readableOf(seededBytes(P)), upload);
    const told = assert.rejects(piped, { code: "ERR_COS_DESTROYED", outcome: "not-completed" });
    await received(emulator, "CompleteMultipartUpload");
    await client.close();
    await told;
    await ending.closed;
    assert.deepEqual(ending.events, ["close"]);
    assert.equal((await ending.done) as Error, upload.errored);
  });

  test("twice, and with two errors, ends once with the first", async (t) => {
    const emulator = await useEmulator(t);
    const upload = createUploadStream({ ...emulator.target, key: "object", partSize: P });
    const ending = recordEnding(upload);
    upload.write(seededBytes(P));
    upload.destroy(new Error("first"));
    upload.destroy(new Error("second"));
    assert.equal((await failure(ending)).message, "first");
  });

  test("calls back every write with the error, those that are held back too", async (t) => {
    const emulator = await useEmulator(t);
    emulator.faults.add({
      operation: "UploadPart",
      times: always,
      fault: { kind: "stall", where: "request" },
    });
    const upload = createUploadStream({ ...emulator.target, key: "object", partSize: P, memory: P });
    const ending = recordEnding(upload);
    const heard: unknown[] = [];
    for (let i = 0; i < 4; i++) upload.write(seededBytes(P), (error) => heard.push(error));
    upload.end((error) => heard.push(error));
    await received(emulator, "UploadPart");
    assert.equal(upload.stats().waitingForMemory, true);
    const mine = new Error("mine");
    upload.destroy(mine);
    await failure(ending);
    assert.equal(heard.length, 5);
    const [taken, held, ...others] = heard;
    assert.equal(taken ?? undefined, undefined, "the first was taken");
    assert.equal(held, mine);
    for (const error of others) assert.ok(error instanceof Error);
  });

  test("before anything was written asks nothing of COS", async (t) => {
    const emulator = await useEmulator(t);
    const upload = createUploadStream({ ...emulator.target, key: "object" });
    const ending = recordEnding(upload);
    upload.destroy();
    await ending.closed;
    assert.deepEqual(operations(emulator), []);
  });

  test("during Initiate waits for its answer, so that the upload can be aborted", async (t) => {
    const emulator = await useEmulator(t);
    emulator.faults.add({
      operation: "InitiateMultipartUpload",
      fault: { kind: "latency", milliseconds: 100 },
    });
    const upload = createUploadStream({ ...emulator.target, key: "object" });
    const ending = recordEnding(upload);
    upload.write("x");
    await received(emulator, "InitiateMultipartUpload");
    upload.destroy();
    await ending.closed;
    assert.deepEqual(operations(emulator), ["InitiateMultipartUpload", "AbortMultipartUpload"]);
  });

  test("in each of the upload's own listeners is as anywhere else", async (t) => {
    for (const event of ["initiate", "part", "progress", "retry"] as const) {
      await t.test(event, async (t) => {
        const emulator = await useEmulator(t);
        emulator.faults.add({ partNumber: 2, fault: { kind: "error", statusCode: 503 } });
        const upload = createUploadStream({ ...emulator.target, key: "object", partSize: P });
        const ending = recordEnding(upload);
        upload.once(event, () => upload.destroy(new Error("mine")));
        upload.write(seededBytes(2 * P));
        assert.equal((await failure(ending)).message, "mine");
      });
    }
  });

  test("by `await using` ends an upload that did not finish, and leaves alone one that did", async (t) => {
    const emulator = await useEmulator(t);
    {
      await using upload = createUploadStream({ ...emulator.target, key: "left", partSize: P });
      upload.write(seededBytes(P));
      await once(upload, "part");
    }
    assert.equal(emulator.uploads().length, 0);
    {
      await using upload = createUploadStream({ ...emulator.target, key: "finished" });
      upload.end("x");
      await upload.done;
    }
    assert.deepEqual(
      emulator.objects().map(({ key }) => key),
      ["finished"],
    );
    await using closed = createUploadStream({ ...emulator.target, key: "closed" });
    closed.end();
    await once(closed, "close");
  });
});

test("The stream's properties are right at each moment", async (t) => {
  const emulator = await useEmulator(t);
  const upload = createUploadStream({ ...emulator.target, key: "object", partSize: P });
  const seen: boolean[][] = [];
  const look = (): void => {
    const { writable, writableEnded, writableFinished, destroyed, closed } = upload;
    seen.push([writable, writableEnded, writableFinished, destroyed, closed]);
  };
  look();
  upload.on("finish", look).on("close", look);
  upload.end(seededBytes(P));
  look();
  await once(upload, "close");
  assert.deepEqual(seen, [
    [true, false, false, false, false],
    [false, true, false, false, false],
    [false, true, true, false, false],
    [false, true, true, true, true],
  ]);
  assert.equal(upload.errored, null);
  assert.equal(count(emulator, "CompleteMultipartUpload"), 1);
});
