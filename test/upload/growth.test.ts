import assert from "node:assert/strict";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { describe, test } from "node:test";
import { createUploadStream } from "../../lib/index.ts";
import { createPartPlan } from "../../lib/parts/plan.ts";
import { MIB, seededBytes } from "../support/bytes.ts";
import { useEmulator } from "../support/emulator.ts";
import { count, failure, recordEnding, success } from "../support/ending.ts";

/** Streams of unknown length end before part numbers do: aws/aws-cli#6120, rclone/rclone#8460, minio/minio-js#1045. */
const P = MIB;
const key = "object";
const MEMORY = 8 * P;
const { capacity } = createPartPlan({ partSize: P, maxParts: 10, maxPartSize: MEMORY });

function* megabytes(bytes: number): Generator<Buffer> {
  const block = seededBytes(P);
  for (let left = bytes; left > 0; left -= P) yield block.subarray(0, Math.min(P, left));
}

function source(bytes: number): Readable {
  return Readable.from(megabytes(bytes), { objectMode: false });
}

describe("With ten part numbers", () => {
  const growing = { partSize: P, maxParts: 10, memory: MEMORY };

  test("parts grow by schedule, and a stream that fills them all completes", async (t) => {
    const emulator = await useEmulator(t, { limits: { maxParts: 10 } });
    const upload = createUploadStream({ ...emulator.target, key, ...growing });
    await pipeline(source(capacity), upload);
    assert.deepEqual(
      upload.parts.map(({ size }) => size / P),
      [1, 2, 4, 8, 8, 8, 8, 8, 8, 8],
    );
    assert.equal(emulator.object(key)?.size, capacity);
    assert.equal(emulator.object(key)?.crc64, upload.result?.crc64);
  });

  test("one byte more is ERR_COS_TOO_LARGE before an eleventh request (aws/aws-sdk-js-v3#5964)", async (t) => {
    const emulator = await useEmulator(t, { limits: { maxParts: 10 } });
    const upload = createUploadStream({ ...emulator.target, key, ...growing });
    const ending = recordEnding(upload);
    source(capacity + 1).pipe(upload);
    const error = await failure(ending);
    assert.equal(error.code, "ERR_COS_TOO_LARGE");
    assert.equal(error.uploadId, upload.uploadId);
    assert.ok(error.message.includes(String(capacity)));
    assert.ok(count(emulator, "UploadPart") <= 10);
    assert.equal(count(emulator, "CompleteMultipartUpload"), 0);
  });

  test("memory stays within its bound while parts grow", async (t) => {
    const emulator = await useEmulator(t);
    const upload = createUploadStream({ ...emulator.target, key, ...growing, concurrency: 2 });
    let most = 0;
    upload.on("part", () => {
      most = Math.max(most, upload.stats().memoryHeld);
    });
    await pipeline(source(40 * P), upload);
    assert.ok(most <= MEMORY, `${most} bytes`);
  });

  test("expectedSize makes all parts of one size, and they suffice (rclone/rclone#4159)", async (t) => {
    const emulator = await useEmulator(t, { limits: { maxParts: 10 } });
    const size = 25 * P + 1;
    const upload = createUploadStream({ ...emulator.target, key, ...growing, expectedSize: size });
    const ending = recordEnding(upload);
    source(size).pipe(upload);
    await success(ending);
    assert.deepEqual(
      upload.parts.map((part) => part.size),
      [...Array(8).fill(3 * P), P + 1],
    );
  });
});
