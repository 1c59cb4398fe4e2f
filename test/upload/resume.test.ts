import assert from "node:assert/strict";
import { once } from "node:events";
import { describe, type TestContext, test } from "node:test";
import type { Emulator } from "../../lib/emulator/index.ts";
import { CosClient, createUploadStream, type UploadStreamOptions } from "../../lib/index.ts";
import { MIB, seededBytes } from "../support/bytes.ts";
import { digestOf, operations, storedDigest, useEmulator } from "../support/emulator.ts";
import { count, failure, received, recordEnding, success } from "../support/ending.ts";

const P = MIB;
const key = "object";
const partSize = P;

/** An upload of `bytes` that ended when all parts but those of the given numbers had been confirmed; its id. */
async function interrupt(
  emulator: Emulator,
  bytes: Uint8Array,
  missing: readonly number[],
  options: Partial<UploadStreamOptions> = {},
): Promise<string> {
  for (const partNumber of missing) {
    emulator.faults.add({ operation: "UploadPart", partNumber, fault: { kind: "stall", where: "request" } });
  }
  const given = { ...emulator.target, key, partSize, concurrency: 16, leavePartsOnError: true };
  const upload = createUploadStream({ ...given, ...options });
  const ending = recordEnding(upload);
  const cut = (partNumber: number): boolean => !missing.includes(partNumber);
  upload.end(bytes);
  const total = Math.ceil(bytes.byteLength / (options.partSize ?? partSize));
  while (upload.parts.length < total - missing.length) await once(upload, "part");
  assert.ok(upload.parts.every(({ partNumber }) => cut(partNumber)));
  upload.destroy();
  await ending.closed;
  return upload.uploadId!;
}

/** The numbers of the parts that were sent after `from` requests. */
function sentParts(emulator: Emulator, from: number): (number | undefined)[] {
  return emulator.requests
    .slice(from)
    .filter(({ operation }) => operation === "UploadPart")
    .map(({ partNumber }) => partNumber)
    .sort((a, b) => a! - b!);
}

/** Uploads `bytes` with `resume`, and tells what was sent and said. */
async function resume(emulator: Emulator, bytes: Uint8Array, options: Partial<UploadStreamOptions>) {
  const before = emulator.requests.length;
  const upload = createUploadStream({ ...emulator.target, key, partSize, ...options });
  const initiated: unknown[] = [];
  const progress: number[][] = [];
  upload.on("initiate", (event) => initiated.push(event));
  upload.on("progress", ({ received, sent, confirmed }) => progress.push([received, sent, confirmed]));
  const ending = recordEnding(upload);
  upload.end(bytes);
  await ending.closed;
  for (const [all, sent, confirmed] of progress) assert.ok(confirmed! <= sent! && sent! <= all!);
  const asked = operations(emulator).slice(before);
  return { upload, ending, initiated, asked, sent: sentParts(emulator, before), result: upload.result };
}

async function assertObject(emulator: Emulator, bytes: Uint8Array): Promise<void> {
  assert.equal(await storedDigest(emulator, key), digestOf(bytes));
}

const bytes = seededBytes(5 * P + 77);

describe("An upload that is resumed", () => {
  for (const how of ["latest", "uploadId"] as const) {
    test(`by ${how} sends what is missing, and nothing else`, async (t) => {
      const emulator = await useEmulator(t);
      const uploadId = await interrupt(emulator, bytes, [2, 5]);
      const { result, ending, initiated, asked, sent, upload } = await resume(emulator, bytes, {
        resume: how === "latest" ? "latest" : { uploadId },
      });
      await success(ending);
      assert.deepEqual(sent, [2, 5]);
      assert.deepEqual(initiated, [{ uploadId, resumed: true }]);
      assert.equal(asked.includes("InitiateMultipartUpload"), false);
      assert.equal(asked.includes("ListMultipartUploads"), how === "latest");
      assert.deepEqual(
        result?.parts.map(({ partNumber, skipped, attempts, size }) => [partNumber, skipped, attempts, size]),
        [1, 2, 3, 4, 5, 6].map((number) => {
          const skipped = number !== 2 && number !== 5;
          return [number, skipped, skipped ? 0 : 1, number === 6 ? 77 : P];
        }),
      );
      assert.deepEqual(
        [upload.uploadId, result?.uploadId, result?.completed, result?.size],
        [uploadId, uploadId, true, bytes.byteLength],
      );
      await assertObject(emulator, bytes);
    });
  }

  test("sends again just those parts whose bytes have changed", async (t) => {
    const emulator = await useEmulator(t);
    await interrupt(emulator, bytes, [6]);
    const changed = Buffer.from(bytes);
    changed[2 * P] = changed[2 * P]! ^ 1;
    changed[4 * P - 1] = changed[4 * P - 1]! ^ 128;
    const { sent } = await resume(emulator, changed, { resume: "latest" });
    assert.deepEqual(sent, [3, 4, 6]);
    await assertObject(emulator, changed);
  });

  for (const [what, size] of [
    ["longer", 9 * P + 5],
    ["shorter", 3 * P + 9],
    ["one part long", 100],
  ] as const) {
    test(`becomes an object of the stream's own length when that is ${what} now`, async (t) => {
      const emulator = await useEmulator(t);
      const uploadId = await interrupt(emulator, bytes, [1]);
      const now = seededBytes(size);
      const { result } = await resume(emulator, now, { resume: { uploadId } });
      assert.equal(result?.size, size);
      await assertObject(emulator, now);
    });
  }

  test("has the part sizes of the earlier run when the options say others", async (t) => {
    const emulator = await useEmulator(t);
    await interrupt(emulator, bytes, [3]);
    const { sent, result } = await resume(emulator, bytes, { resume: "latest", partSize: 3 * P });
    assert.deepEqual(sent, [3]);
    assert.deepEqual(
      result?.parts.map(({ size }) => size),
      [P, P, P, P, P, 77],
    );
    await assertObject(emulator, bytes);
  });

  test("is refused, and left as it is, when its part sizes do not fit the memory", async (t) => {
    const emulator = await useEmulator(t, { orphans: 1 });
    const uploadId = await interrupt(emulator, bytes, [3], { partSize: 2 * P });
    const { ending, sent } = await resume(emulator, bytes, { resume: "latest", memory: P });
    const error = await failure(ending);
    assert.deepEqual([error.code, error.uploadId], ["ERR_COS_RESUME", uploadId]);
    assert.match(error.message, /its parts are of 2097152 bytes/);
    assert.deepEqual(sent, []);
    assert.equal(emulator.uploads()[0]?.parts.length, 2);
  });

  test("can be resumed as often as it is interrupted", async (t) => {
    const emulator = await useEmulator(t);
    const uploadId = await interrupt(emulator, bytes, [1, 2, 3, 4]);
    assert.equal(await interrupt(emulator, bytes, [2, 4], { resume: "latest" }), uploadId);
    const { sent } = await resume(emulator, bytes, { resume: "latest" });
    assert.deepEqual(sent, [2, 4]);
    await assertObject(emulator, bytes);
  });

  test("with complete: false has all its parts, and is completed by whom it belongs to", async (t) => {
    const emulator = await useEmulator(t);
    const uploadId = await interrupt(emulator, bytes, [4]);
    const { sent, result } = await resume(emulator, bytes, { resume: "latest", complete: false });
    assert.deepEqual([sent, result?.completed], [[4], false]);
    await using client = new CosClient(emulator.target);
    await client.completeMultipartUpload({ key, uploadId, parts: result!.parts });
    await assertObject(emulator, bytes);
  });

  test("keeps the expected length and digest of the whole", async (t) => {
    const emulator = await useEmulator(t, { orphans: 1 });
    await interrupt(emulator, bytes, [4]);
    const { ending, asked } = await resume(emulator, bytes, { resume: "latest", expectedCrc64: "1" });
    assert.equal((await failure(ending)).code, "ERR_COS_INTEGRITY");
    assert.equal(asked.includes("CompleteMultipartUpload"), false);
  });
});

describe("Which upload is resumed", () => {
  async function begin(emulator: Emulator, ofKey: string, options: object = {}): Promise<string> {
    await using client = new CosClient(emulator.target);
    return (await client.initiateMultipartUpload({ key: ofKey, ...options })).uploadId;
  }

  test("without resume none is: unfinished uploads are not even listed", async (t) => {
    const emulator = await useEmulator(t, { orphans: 1 });
    const uploadId = await interrupt(emulator, bytes, [2]);
    const { asked, sent, upload } = await resume(emulator, bytes, {});
    assert.equal(sent.length, 6);
    assert.notEqual(upload.uploadId, uploadId);
    assert.equal(asked.includes("ListMultipartUploads") || asked.includes("ListParts"), false);
    assert.deepEqual([emulator.uploads()[0]?.uploadId, emulator.uploads()[0]?.parts.length], [uploadId, 5]);
  });

  test("latest is the newest of exactly this key; all others stay as they are", async (t) => {
    let now = 1_700_000_000_000;
    const emulator = await useEmulator(t, { orphans: 3, clock: () => now });
    const others = [await begin(emulator, key)];
    now += 5_000;
    const newest = await begin(emulator, key);
    now += 5_000;
    others.push(await begin(emulator, `${key}2`), await begin(emulator, `${key}/`));
    const { upload, initiated } = await resume(emulator, bytes, { resume: "latest" });
    assert.deepEqual(initiated, [{ uploadId: newest, resumed: true }]);
    assert.equal(upload.result?.uploadId, newest);
    assert.deepEqual(
      emulator
        .uploads()
        .map(({ uploadId }) => uploadId)
        .sort(),
      others.sort(),
    );
  });

  test("latest is of the storage class that is asked for", async (t) => {
    const emulator = await useEmulator(t, { orphans: 1 });
    const archived = await begin(emulator, key, { storageClass: "ARCHIVE" });
    await begin(emulator, key);
    const { initiated } = await resume(emulator, bytes, { resume: "latest", storageClass: "ARCHIVE" });
    assert.deepEqual(initiated, [{ uploadId: archived, resumed: true }]);
  });

  test("keys of any characters are found again", async (t) => {
    const emulator = await useEmulator(t);
    for (const odd of ["a b+c%20d", "名前/é", "<&\">'", "tab\there", "a//b/../c"]) {
      const uploadId = await begin(emulator, odd);
      const { initiated } = await resume(emulator, bytes, { key: odd, resume: "latest" });
      assert.deepEqual(initiated, [{ uploadId, resumed: true }], odd);
    }
  });

  test("latest begins a new upload where there is none", async (t) => {
    const emulator = await useEmulator(t);
    const { initiated, upload, asked } = await resume(emulator, bytes, { resume: "latest" });
    assert.deepEqual(initiated, [{ uploadId: upload.uploadId, resumed: false }]);
    assert.deepEqual(asked.slice(0, 2), ["ListMultipartUploads", "InitiateMultipartUpload"]);
    await assertObject(emulator, bytes);
  });

  test("one that was named and is not there is said to be so; nothing is begun or sent", async (t) => {
    const emulator = await useEmulator(t);
    const uploadId = "1700000000gone";
    const { ending, asked } = await resume(emulator, bytes, { resume: { uploadId } });
    const error = await failure(ending);
    assert.deepEqual([error.code, error.uploadId], ["NoSuchUpload", uploadId]);
    assert.match(error.message, /1700000000gone to be resumed is not there.*completed or aborted/);
    assert.deepEqual(asked, ["ListParts"]);
  });

  // NoSuchKey is what Ceph's RADOS Gateway says there.
  for (const code of ["NoSuchUpload", "NoSuchKey"]) {
    test(`latest begins anew when the upload it found was ended meanwhile (${code})`, async (t) => {
      const emulator = await useEmulator(t, { orphans: 1 });
      await begin(emulator, key);
      emulator.faults.add({ operation: "ListParts", fault: { kind: "error", statusCode: 404, code } });
      const { initiated, upload } = await resume(emulator, bytes, { resume: "latest" });
      assert.deepEqual(initiated, [{ uploadId: upload.uploadId, resumed: false }]);
      await assertObject(emulator, bytes);
    });

    test(`one that was named and is not there is NoSuchUpload (${code})`, async (t) => {
      const emulator = await useEmulator(t);
      emulator.faults.add({ operation: "ListParts", fault: { kind: "error", statusCode: 404, code } });
      const { ending } = await resume(emulator, bytes, { resume: { uploadId: "gone" } });
      assert.equal((await failure(ending)).code, "NoSuchUpload");
    });
  }

  test("who may not list gets COS's refusal, and no new upload", async (t) => {
    const emulator = await useEmulator(t);
    emulator.faults.add({
      operation: "ListMultipartUploads",
      fault: { kind: "error", statusCode: 403, code: "AccessDenied" },
    });
    const { ending, asked } = await resume(emulator, bytes, { resume: "latest" });
    const error = await failure(ending);
    assert.deepEqual([error.code, asked], ["AccessDenied", ["ListMultipartUploads"]]);
  });

  test("an upload that is ended while parts are sent fails the stream with NoSuchUpload", async (t) => {
    const emulator = await useEmulator(t);
    const uploadId = await interrupt(emulator, bytes, [2]);
    const upload = createUploadStream({ ...emulator.target, key, partSize, resume: "latest" });
    const ending = recordEnding(upload);
    await using client = new CosClient(emulator.target);
    upload.once("initiate", () => void client.abortMultipartUpload({ key, uploadId }));
    emulator.faults.add({ operation: "UploadPart", fault: { kind: "latency", milliseconds: 200 } });
    upload.end(bytes);
    assert.equal((await failure(ending)).code, "NoSuchUpload");
  });
});

describe("An empty stream", () => {
  test("with latest is put as an empty object, and no unfinished upload is touched", async (t) => {
    const emulator = await useEmulator(t, { orphans: 1 });
    await interrupt(emulator, bytes, [2]);
    const { asked, ending } = await resume(emulator, new Uint8Array(), { resume: "latest" });
    await success(ending);
    assert.deepEqual(asked, ["PutObject"]);
    assert.equal(emulator.uploads()[0]?.parts.length, 5);
  });

  test("cannot resume a named upload", async (t) => {
    const emulator = await useEmulator(t, { orphans: 1 });
    const uploadId = await interrupt(emulator, bytes, [2]);
    const { ending, asked } = await resume(emulator, new Uint8Array(), { resume: { uploadId } });
    assert.equal((await failure(ending)).code, "ERR_COS_EMPTY");
    assert.deepEqual(asked, ["ListParts"]);
  });

  test("a write of nothing asks for nothing", async (t) => {
    const emulator = await useEmulator(t);
    const upload = createUploadStream({ ...emulator.target, key, resume: "latest" });
    await new Promise((resolve) => upload.write(new Uint8Array(), resolve));
    assert.equal(emulator.requests.length, 0);
    upload.destroy();
    await once(upload, "close");
  });
});

describe("A resumed stream that is ended", () => {
  async function searching(t: TestContext, options: Partial<UploadStreamOptions> = {}) {
    const emulator = await useEmulator(t, { orphans: 1 });
    const uploadId = await interrupt(emulator, bytes, [2]);
    emulator.faults.add({ operation: "ListParts", fault: { kind: "stall", where: "request" } });
    const upload = createUploadStream({ ...emulator.target, key, partSize, resume: "latest", ...options });
    const ending = recordEnding(upload);
    const written = new Promise<unknown>((resolve) => upload.write(bytes, resolve));
    await received(emulator, "ListParts");
    return { emulator, uploadId, upload, ending, written };
  }

  test("while it looks for the upload asks no more, lets its writer go, and leaves the upload", async (t) => {
    const { emulator, uploadId, upload, ending, written } = await searching(t);
    upload.destroy(new Error("enough"));
    assert.equal((await failure(ending)).message, "enough");
    assert.equal(((await written) as Error).message, "enough");
    assert.equal(count(emulator, "UploadPart") + count(emulator, "AbortMultipartUpload"), 6);
    assert.deepEqual([emulator.uploads()[0]?.uploadId, upload.stats().memoryHeld], [uploadId, 0]);
  });

  test("while it looks does not count as a silent source", async (t) => {
    const { upload, ending } = await searching(t, {
      timeout: { idle: 50, attempt: 400 },
      retry: { maxAttempts: 1 },
    });
    assert.equal((await failure(ending)).code, "ERR_COS_TIMEOUT");
    assert.equal(upload.stats().state, "cancelled");
  });

  test("leaves the parts for the next time", async (t) => {
    const emulator = await useEmulator(t, { orphans: 1 });
    await interrupt(emulator, bytes, [2, 3]);
    emulator.faults.add({ partNumber: 3, fault: { kind: "error", statusCode: 403, code: "AccessDenied" } });
    const { ending } = await resume(emulator, bytes, { resume: "latest" });
    assert.equal((await failure(ending)).code, "AccessDenied");
    assert.equal(count(emulator, "AbortMultipartUpload"), 0);
  });

  test("aborts the upload with leavePartsOnError: false", async (t) => {
    const emulator = await useEmulator(t);
    const uploadId = await interrupt(emulator, bytes, [2, 3]);
    emulator.faults.add({ partNumber: 3, fault: { kind: "error", statusCode: 403, code: "AccessDenied" } });
    const { ending } = await resume(emulator, bytes, { resume: "latest", leavePartsOnError: false });
    assert.equal((await failure(ending)).uploadId, uploadId);
  });
});
