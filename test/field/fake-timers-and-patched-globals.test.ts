import assert from "node:assert/strict";
import { once } from "node:events";
import { mock, type TestContext, test } from "node:test";
import type { Emulator } from "../../lib/emulator/index.ts";
import { createUploadStream, type UploadStream, type UploadStreamOptions } from "../../lib/index.ts";
import { KIB, MIB, seededBytes } from "../support/bytes.ts";
import { digestOf, operations, storedDigest, useEmulator } from "../support/emulator.ts";
import { failure, recordEnding, success } from "../support/ending.ts";

const key = "object";
const BYTES = seededBytes(3 * MIB);
/** All that node:test can stop. */
const APIS = ["setTimeout", "setInterval", "setImmediate", "Date"] as const;

function start(emulator: Emulator, options: Partial<UploadStreamOptions> = {}): UploadStream {
  return createUploadStream({ ...emulator.target, key, partSize: MIB, ...options });
}

/** Writes in chunks as a file's, ends, and waits until the object is there. */
async function upload(emulator: Emulator, options: Partial<UploadStreamOptions> = {}): Promise<void> {
  const stream = start(emulator, options);
  const ending = recordEnding(stream);
  for (let at = 0; at < BYTES.length; at += 64 * KIB) stream.write(BYTES.subarray(at, at + 64 * KIB));
  stream.end();
  await success(ending);
  assert.equal(await storedDigest(emulator, key), digestOf(BYTES));
}

function stopTime(t: TestContext): void {
  mock.timers.enable({ apis: [...APIS] });
  t.after(() => mock.timers.reset());
}

/** Puts another value in the place of a property until the test is over. */
function patch<T extends object>(t: TestContext, target: T, name: keyof T, value: unknown): void {
  const before = Object.getOwnPropertyDescriptor(target, name);
  Object.defineProperty(target, name, { value, configurable: true, writable: true });
  t.after(() => {
    if (before === undefined) delete target[name];
    else Object.defineProperty(target, name, before);
  });
}

const refuse = (name: string) => (): never => assert.fail(`${name} was called`);

test("an upload of 3 MB completes under node:test's fake timers", async (t) => {
  const emulator = await useEmulator(t);
  stopTime(t);
  await upload(emulator);
  assert.equal(operations(emulator).filter((operation) => operation === "UploadPart").length, 3);
});

test("so does one that is under way when time is stopped", async (t) => {
  const emulator = await useEmulator(t);
  const stream = start(emulator);
  const ending = recordEnding(stream);
  stream.write(BYTES.subarray(0, MIB));
  await once(stream, "part");
  stopTime(t);
  stream.end(BYTES.subarray(MIB));
  await success(ending);
  assert.equal(await storedDigest(emulator, key), digestOf(BYTES));
});

test("and one whose digests, retries and rate wait, signed by the time that it really is", async (t) => {
  const emulator = await useEmulator(t);
  const slow = { kind: "error", statusCode: 503, code: "SlowDown" } as const;
  emulator.faults.add({ operation: "UploadPart", times: 2, fault: slow });
  stopTime(t);
  await upload(emulator, { retry: { maxAttempts: 3, baseDelay: 2, maxDelay: 10 } });
  // A signature of 1970 would be refused.
  const statuses = new Set(emulator.requests.map(({ statusCode }) => statusCode));
  assert.deepEqual([...statuses].sort(), [200, 503]);
});

test("deadlines still end what takes too long", async (t) => {
  const emulator = await useEmulator(t);
  const stall = { kind: "stall", where: "request" } as const;
  emulator.faults.add({ operation: "UploadPart", fault: stall });
  stopTime(t);
  await upload(emulator, { timeout: { attempt: 1000 }, retry: { maxAttempts: 10, baseDelay: 1 } });
  const stream = start(emulator, { timeout: { idle: 50 } });
  assert.equal((await failure(recordEnding(stream))).code, "ERR_COS_IDLE");
});

test("no timer, clock or fetch of the globals' is used, in whatever way they were replaced", async (t) => {
  const emulator = await useEmulator(t);
  // The first request loads the HTTP client.
  await upload(emulator);
  for (const name of ["fetch", "XMLHttpRequest", "setInterval"] as const) {
    patch(t, globalThis as Record<string, unknown>, name, refuse(name));
  }
  // The HTTP client's own turn of the event loop after an answer; it does without.
  patch(t, globalThis, "setImmediate", () => ({ unref() {} }));
  patch(t, globalThis, "setTimeout", () => ({ unref() {}, refresh() {} }));
  patch(t, Date, "now", () => 0);
  patch(t, performance, "now", () => 0);
  await upload(emulator);
});

test("a Promise and a queueMicrotask that were wrapped, as tracers do, are as good", async (t) => {
  const emulator = await useEmulator(t);
  const { queueMicrotask: queue } = globalThis;
  let made = 0;
  class TracedPromise<T> extends Promise<T> {
    constructor(run: ConstructorParameters<typeof Promise<T>>[0]) {
      super(run);
      made += 1;
    }
  }
  patch(t, globalThis, "Promise", TracedPromise);
  patch(
    t,
    globalThis,
    "queueMicrotask",
    (callback: () => void) => void Promise.resolve().then(() => queue(callback)),
  );
  await upload(emulator);
  assert.ok(made > 0);
});
