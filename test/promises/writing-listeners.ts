import assert from "node:assert/strict";
import { once } from "node:events";
import { PassThrough, type Writable } from "node:stream";
import { setImmediate as turn } from "node:timers/promises";
import fc from "fast-check";
import type { Emulator, FaultRuleOptions } from "../../lib/emulator/index.ts";
import {
  CosClient,
  createUploadStream,
  type Part,
  type PartReceipt,
  PartTransform,
  type UploadStream,
} from "../../lib/index.ts";
import { KIB, MIB } from "../support/bytes.ts";
import { AT_ONCE } from "../support/client.ts";
import { digestOf, storedDigest } from "../support/emulator.ts";
import { recordEnding, success, until } from "../support/ending.ts";
import { type Action, CONTENT, ScriptedWriter } from "./scripted-writer.ts";

const P = MIB;

const size = fc.oneof(
  fc.integer({ min: 1, max: 100 }),
  fc.integer({ min: 1, max: 100 * KIB }),
  fc.integer({ min: 1, max: 2 * MIB }),
);
const write = fc.record({ do: fc.constant("write" as const), size });
const burst = fc.record({
  do: fc.constant("burst" as const),
  sizes: fc.array(size, { minLength: 2, maxLength: 6 }),
});
const actionOf = (weightOfEnds: number): fc.Arbitrary<Action> =>
  fc.oneof(
    { weight: 30, arbitrary: write },
    { weight: 20, arbitrary: burst },
    { weight: 10, arbitrary: fc.constantFrom<Action>({ do: "cork" }, { do: "uncork" }, { do: "nothing" }) },
    { weight: weightOfEnds, arbitrary: fc.constantFrom<Action>({ do: "end" }, { do: "destroy" }) },
  );
const actions = (maxLength: number, weightOfEnds = 1): fc.Arbitrary<Action[]> =>
  fc.array(actionOf(weightOfEnds), { maxLength });

/** Everything of the program's that an upload calls: listeners, and functions. */
type Called = (typeof EVENTS)[number] | "callback" | "credentials" | "isRetryable";

const EVENTS = [
  "initiate",
  "part",
  "progress",
  "retry",
  "warning",
  "drain",
  "pipe",
  "unpipe",
  "prefinish",
] as const;

interface UploadRun {
  /** What the program does by itself. */
  readonly main: readonly Action[];
  /** What it does when it is called, one after the other. */
  readonly called: Readonly<Record<Called, readonly Action[]>>;
  /** Parts that are there already. */
  readonly stored: number;
  readonly faults: readonly FaultRuleOptions[];
  readonly options: { memory: number; concurrency: number; highWaterMark: number; singlePut: boolean };
  readonly piped: number;
}

const scripts = Object.fromEntries(
  [...EVENTS, "callback", "credentials", "isRetryable"].map((name) => [name, actions(4)]),
) as Record<Called, fc.Arbitrary<Action[]>>;

export const uploadRun: fc.Arbitrary<UploadRun> = fc.record({
  main: actions(8, 0),
  called: fc.record(scripts),
  stored: fc.integer({ min: 0, max: 5 }),
  faults: fc.subarray<FaultRuleOptions>([
    { operation: "UploadPart", times: 2, fault: { kind: "error", statusCode: 500 } },
    { operation: "InitiateMultipartUpload", fault: { kind: "lost-answer" } },
    { operation: "CompleteMultipartUpload", fault: { kind: "error", statusCode: 503 } },
  ]),
  options: fc.record({
    memory: fc.integer({ min: 2 * P, max: 12 * P }),
    concurrency: fc.integer({ min: 1, max: 4 }),
    highWaterMark: fc.constantFrom(0, 16 * KIB, MIB),
    singlePut: fc.boolean(),
  }),
  piped: fc.constantFrom(0, 0, 10, 3 * MIB),
});

/** Plays a run, and checks what came of it. */
export async function checkUploadRun(emulator: Emulator, run: UploadRun, key: string): Promise<void> {
  await storeParts(emulator, key, run.stored);
  emulator.faults.clear();
  for (const fault of run.faults) emulator.faults.add({ ...fault, key });
  const scripts = new Map(Object.entries(run.called).map(([name, actions]) => [name, [...actions]]));
  let isWriting = false;
  const calledInWrite: string[] = [];
  const called = (name: string): undefined => {
    if (isWriting) calledInWrite.push(name);
    const action = scripts.get(name)?.shift();
    if (name !== "prefinish" || action?.do === "destroy") writer.perform(action, () => called("callback"));
  };
  const upload = createUploadStream({
    ...emulator.target,
    ...run.options,
    key,
    partSize: P,
    credentials: () => {
      called("credentials");
      return { ...emulator.target.credentials, expiresAt: new Date(0) };
    },
    retry: { ...AT_ONCE, maxAttempts: 20, isRetryable: () => called("isRetryable") },
    ...(run.stored > 0 && { resume: "latest" as const, singlePut: false }),
  });
  const writer = new ScriptedWriter(upload);
  const asWritten = upload._write;
  upload._write = function (...args) {
    isWriting = true;
    try {
      asWritten.apply(this, args);
    } finally {
      isWriting = false;
    }
  };
  const ending = recordEnding(upload);
  const account = keepAccount(upload);
  for (const name of EVENTS) upload.on(name, () => called(name));

  await play(writer, run.main, () => called("callback"));
  if (run.piped > 0 && !upload.writableEnded && !upload.destroyed) {
    // It has no bytes of its own to give, as these would come at times that nobody knows.
    const source = new PassThrough();
    source.pipe(upload, { end: false });
    source.unpipe(upload);
    writer.perform({ do: "write", size: run.piped });
  }
  await allTaken(upload);
  if (!upload.writableEnded) upload.end();
  // Which is no end to what the program does when it is called: a write now is an error of its own.
  for (const script of scripts.values()) script.length = 0;

  const over = await Promise.race([ending.closed.then(() => true), hang()]);
  assert.ok(over, "it never closed");
  writer.assertCalledBack();
  if (upload.result === undefined) {
    assert.ok(writer.wasDestroyed, String(ending.errors[0]));
  } else {
    await success(ending);
    assert.equal(upload.result.size, writer.bytes.byteLength);
    assert.equal(await storedDigest(emulator, key), digestOf(writer.bytes));
    account.assertAllTold();
  }
  account.assertConsistent();
  assert.deepEqual(calledInWrite, [], "called inside of a write");
  await abortAll(emulator);
}

async function storeParts(emulator: Emulator, key: string, parts: number): Promise<void> {
  if (parts === 0) return;
  const upload = createUploadStream({ ...emulator.target, key, partSize: P, complete: false });
  upload.end(CONTENT.subarray(0, parts * P));
  await upload.done;
}

async function play(
  writer: ScriptedWriter,
  actions: readonly Action[],
  onWritten: () => void,
): Promise<void> {
  for (const action of actions) {
    writer.perform(action, onWritten);
    if (action.do === "nothing") await turn();
  }
}

/** What is called meanwhile may cork the stream again. */
async function allTaken(stream: Writable): Promise<void> {
  const isTaken = (): boolean => {
    while (stream.writableCorked > 0) stream.uncork();
    return stream.destroyed || stream.writableLength === 0;
  };
  await until(isTaken, "everything is taken");
}

async function hang(): Promise<false> {
  return await new Promise((resolve) => setTimeout(resolve, 10_000, false).unref());
}

async function abortAll(emulator: Emulator): Promise<void> {
  emulator.faults.clear();
  await using client = new CosClient(emulator.target);
  for (const { key, uploadId } of emulator.uploads()) await client.abortMultipartUpload({ key, uploadId });
}

/** Holds what the stream tells of itself against its events, whenever one comes. */
function keepAccount(upload: UploadStream): { assertConsistent(): void; assertAllTold(): void } {
  const seen: PartReceipt[] = [];
  const faults: string[] = [];
  let last: unknown;
  let isOver = false;
  const check = (what: string, actual: unknown, expected: unknown): void => {
    if (isOver) faults.push(`${what} after close`);
    const [a, b] = [JSON.stringify(actual), JSON.stringify(expected)];
    if (a !== b) faults.push(`${what}: ${a}, not ${b}`);
  };
  const numbers = (parts: readonly PartReceipt[]): number[] =>
    parts.map(({ partNumber }) => partNumber).sort((a, b) => a - b);
  const bytes = (): number => seen.reduce((sum, part) => sum + part.size, 0);
  upload.on("initiate", ({ uploadId }) => check("uploadId", upload.uploadId, uploadId));
  upload.on("part", (receipt) => {
    seen.push(receipt);
    check("parts", numbers(upload.parts), numbers(seen));
    const { partsConfirmed, confirmed } = upload.stats();
    check("stats of a part", [partsConfirmed, confirmed], [seen.length, bytes()]);
  });
  upload.on("progress", (progress) => {
    last = progress;
    const { received, sent, confirmed } = upload.stats();
    check("progress", [progress.received, progress.sent, progress.confirmed], [received, sent, confirmed]);
    check("confirmed", confirmed, bytes());
  });
  for (const event of ["retry", "warning"] as const) upload.on(event, () => check(event, 0, 0));
  let atFinish: unknown;
  upload.on("finish", () => {
    atFinish = [seen.length, last];
  });
  upload.on("close", () => {
    isOver = true;
  });
  return {
    assertConsistent: () => assert.deepEqual(faults, []),
    assertAllTold: () => {
      const { size, parts } = upload.result!;
      assert.deepEqual(atFinish, [
        parts.length,
        { received: size, sent: size, confirmed: size, total: size },
      ]);
      assert.equal(new Set(numbers(seen)).size, seen.length);
    },
  };
}

interface TransformRun {
  readonly main: readonly Action[];
  readonly called: Readonly<Record<"data" | "drain" | "callback" | "pause", readonly Action[]>>;
}

export const transformRun: fc.Arbitrary<TransformRun> = fc.record({
  main: actions(8, 0),
  called: fc.record({ data: actions(6), drain: actions(4), callback: actions(6), pause: actions(3) }),
});

export async function checkTransformRun(run: TransformRun): Promise<void> {
  const transform = new PartTransform({ partSize: P });
  const writer = new ScriptedWriter(transform);
  const scripts = new Map(Object.entries(run.called).map(([name, actions]) => [name, [...actions]]));
  const called = (name: string): void => writer.perform(scripts.get(name)?.shift(), () => called("callback"));
  let isWriting = false;
  const calledInWrite: string[] = [];
  const transforms = transform._transform;
  transform._transform = function (...args) {
    isWriting = true;
    try {
      transforms.apply(this, args);
    } finally {
      isWriting = false;
    }
  };
  const parts: Part[] = [];
  transform.on("data", (part: Part) => {
    if (isWriting) calledInWrite.push("data");
    parts.push(part);
    called("data");
    if ((scripts.get("pause")?.shift()?.do ?? "write") === "write") return;
    transform.pause();
    setImmediate(() => transform.resume());
  });
  transform.on("drain", () => called("drain"));
  const errors: Error[] = [];
  transform.on("error", (error) => errors.push(error));
  const closed = once(transform, "close").catch(() => {});

  await play(writer, run.main, () => called("callback"));
  await allTaken(transform);
  if (!transform.writableEnded) transform.end();
  for (const script of scripts.values()) script.length = 0;
  assert.ok(await Promise.race([closed.then(() => true), hang()]), "it never closed");

  // As in any Transform, one that waits for a read may come before one that did not.
  writer.calledBack.sort((a, b) => a - b);
  writer.assertCalledBack();
  assert.deepEqual(calledInWrite, [], "called inside of a write");
  if (writer.wasDestroyed) return;
  assert.deepEqual(errors, []);
  const content = Buffer.concat(parts.flatMap(({ body }) => body));
  assert.equal(content.byteLength, writer.bytes.byteLength);
  assert.ok(content.equals(writer.bytes));
}
