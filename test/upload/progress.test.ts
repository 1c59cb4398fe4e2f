import assert from "node:assert/strict";
import { pipeline } from "node:stream/promises";
import { describe, test } from "node:test";
import { createUploadStream, type Progress, type UploadStream } from "../../lib/index.ts";
import { ProgressMeter } from "../../lib/upload/progress.ts";
import { MIB, readableOf, seededBytes } from "../support/bytes.ts";
import { useEmulator } from "../support/emulator.ts";

const P = MIB;
const always = Number.POSITIVE_INFINITY;

function recordProgress(upload: UploadStream): Progress[] {
  const seen: Progress[] = [];
  upload.on("progress", (progress) => seen.push(progress));
  return seen;
}

function assertMonotonic(seen: readonly Progress[]): void {
  let before: Progress = { received: 0, sent: 0, confirmed: 0, total: undefined };
  for (const now of seen) {
    const all = JSON.stringify({ before, now });
    assert.ok(now.confirmed <= now.sent && now.sent <= now.received, all);
    for (const name of ["received", "sent", "confirmed"] as const) assert.ok(now[name] >= before[name], all);
    before = now;
  }
}

describe("Progress of an upload", () => {
  test("never falls nor passes what was received, through retries (aliyun/ossutil#105)", async (t) => {
    const emulator = await useEmulator(t);
    emulator.faults.add({ operation: "UploadPart", times: 2, fault: { kind: "reset", afterBytes: 700_000 } });
    emulator.faults.add({ partNumber: 3, fault: { kind: "error", statusCode: 503 } });
    emulator.faults.add({
      operation: "UploadPart",
      times: always,
      fault: { kind: "throttle", bytesPerSecond: 5_000_000 },
    });
    const retry = { baseDelay: 1, maxDelay: 5 };
    const upload = createUploadStream({ ...emulator.target, key: "object", partSize: P, retry });
    const seen = recordProgress(upload);
    await pipeline(readableOf(seededBytes(6 * P)), upload);
    assertMonotonic(seen);
    assert.ok(seen.length > 2);
    assert.deepEqual(seen.at(-1), { received: 6 * P, sent: 6 * P, confirmed: 6 * P, total: 6 * P });
  });

  test("counts what was received of a chunk that is held back half way", async (t) => {
    const emulator = await useEmulator(t);
    emulator.faults.add({
      operation: "UploadPart",
      times: always,
      fault: { kind: "latency", milliseconds: 60 },
    });
    const options = { partSize: P, concurrency: 1, memory: P };
    const upload = createUploadStream({ ...emulator.target, key: "object", ...options });
    const seen = recordProgress(upload);
    upload.end(seededBytes(6 * P));
    await upload.done;
    assert.ok(seen.some(({ sent, total }) => sent > 0 && total === undefined));
    assertMonotonic(seen);
  });

  for (const [name, size, options] of [
    ["an empty stream", 0, {}],
    ["a single put", 1000, { singlePut: true }],
    ["parts", P + 1, {}],
    ["parts that are not completed", P + 1, { complete: false }],
  ] as const) {
    test(`ends with one event in which all are equal: ${name} (aws/aws-sdk-js-v3#4413)`, async (t) => {
      const emulator = await useEmulator(t, { orphans: name.includes("not completed") ? 1 : 0 });
      const upload = createUploadStream({ ...emulator.target, key: "object", partSize: P, ...options });
      const seen = recordProgress(upload);
      upload.end(seededBytes(size));
      await upload.done;
      assert.deepEqual(seen.at(-1), { received: size, sent: size, confirmed: size, total: size });
      assert.equal(seen.filter(({ total }) => total !== undefined).length, 1);
    });
  }

  test("knows the total from the beginning with expectedSize", async (t) => {
    const emulator = await useEmulator(t);
    const upload = createUploadStream({
      ...emulator.target,
      key: "object",
      partSize: P,
      expectedSize: 2 * P,
    });
    const seen = recordProgress(upload);
    upload.end(seededBytes(2 * P));
    await upload.done;
    assert.deepEqual([...new Set(seen.map(({ total }) => total))], [2 * P]);
  });

  test("tells received, sent and confirmed apart (aws/aws-sdk-js#1623)", async (t) => {
    const emulator = await useEmulator(t);
    emulator.faults.add({
      operation: "UploadPart",
      times: always,
      fault: { kind: "latency", milliseconds: 200 },
    });
    const upload = createUploadStream({ ...emulator.target, key: "object", partSize: 2 * P, concurrency: 1 });
    upload.write(seededBytes(3 * P));
    const first = upload.stats();
    assert.deepEqual([first.received, first.sent, first.confirmed], [3 * P, 0, 0]);
    upload.end();
    await upload.done;
    const last = upload.stats();
    assert.deepEqual([last.received, last.sent, last.confirmed], [3 * P, 3 * P, 3 * P]);
  });
});

describe("The progress meter", () => {
  function meter(): { progress: ProgressMeter; seen: Progress[]; clock: { now: number } } {
    const clock = { now: 1000 };
    const seen: Progress[] = [];
    const progress = new ProgressMeter(
      (report) => seen.push(report),
      undefined,
      () => clock.now,
    );
    return { progress, seen, clock };
  }

  test("reports at most every 100 ms", async () => {
    const { progress, seen, clock } = meter();
    for (let bytes = 100_000; bytes <= 1_000_000; bytes += 100_000, clock.now += 30) {
      progress.received(bytes);
      await undefined;
    }
    assert.deepEqual(
      seen.map(({ received }) => received),
      [100_000, 500_000, 900_000],
    );
  });

  test("reports nothing in the middle of a write, and afterwards what is true then", async () => {
    const { progress, seen } = meter();
    progress.received(100_000);
    progress.received(300_000);
    progress.sent(1, 200_000);
    assert.deepEqual(seen, []);
    await undefined;
    assert.deepEqual(seen, [{ received: 300_000, sent: 200_000, confirmed: 0, total: undefined }]);
  });

  test("reports at the end in any case, at once, and nothing after it", async () => {
    const { progress, seen, clock } = meter();
    progress.received(100_000);
    await undefined;
    clock.now += 1000;
    progress.sent(1, 100_000);
    progress.confirmed(1, 100_000);
    progress.finish();
    const all = { received: 100_000, sent: 100_000, confirmed: 100_000, total: 100_000 };
    assert.deepEqual(seen.at(-1), all);
    await undefined;
    assert.equal(seen.length, 2);
  });

  test("counts of a part that is sent again only what exceeds the attempts before", () => {
    const { progress } = meter();
    progress.received(300);
    const sent = [100, 200, 50, 100, 250].map((bytes) => {
      progress.sent(1, bytes);
      return progress.current.sent;
    });
    assert.deepEqual(sent, [100, 200, 200, 200, 250]);
    progress.confirmed(1, 300);
    assert.deepEqual(progress.current, { received: 300, sent: 300, confirmed: 300, total: undefined });
  });
});
