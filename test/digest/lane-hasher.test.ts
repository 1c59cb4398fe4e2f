import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import type { Digests } from "../../lib/digest/digester.ts";
import type { LaneDigester } from "../../lib/digest/lane-digester.ts";
import { LaneHasher } from "../../lib/digest/lane-hasher.ts";
import { KIB, MIB } from "../support/bytes.ts";
import { TestClock } from "../support/clock.ts";
import "../support/leaks.ts";
import { digestsFrom, oracleDigests, type WatchedMemory, watchedMemory } from "./support.ts";

const SEGMENT = 256 * KIB;
const never = (): boolean => false;
const always = (): boolean => true;

interface Setup extends WatchedMemory {
  readonly hasher: LaneHasher;
  readonly clock: TestClock;
  /** Begins a part and feeds it bytes of the memory, as many segments as there are in them. */
  feed(from: number, to: number, isWaitedFor?: () => boolean): LaneDigester;
}

/** A hasher on the main thread, whose time is the test's. */
function useHasher(t: TestContext, size = 4 * MIB): Setup {
  const clock = new TestClock();
  const memory = watchedMemory(size);
  const hasher = new LaneHasher(memory.memories, "main", { clock });
  t.after(() => hasher.close());
  const feed = (from: number, to: number, isWaitedFor = never): LaneDigester => {
    const digester = hasher.createDigester(isWaitedFor);
    for (let at = from; at < to; at += SEGMENT)
      digester.update(memory.data.subarray(at, Math.min(at + SEGMENT, to)));
    return digester;
  };
  return { ...memory, hasher, clock, feed };
}

async function turns(count = 20): Promise<void> {
  for (let i = 0; i < count; i++) await turn();
}

test("four cut parts are hashed side by side, at once; three wait for a fourth", async (t) => {
  const { data, calls, feed } = useHasher(t);
  // Still open: what there is of it would take a lane from others, or time from all.
  feed(0, MIB);
  const ends = [0, 1, 2].map((part) => digestsFrom(feed(part * MIB, (part + 1) * MIB)));
  await turns();
  assert.deepEqual(calls, []);
  ends.push(digestsFrom(feed(3 * MIB, 4 * MIB)));
  const expected = [0, 1, 2, 3].map((part) => oracleDigests(data.subarray(part * MIB, (part + 1) * MIB)));
  assert.deepEqual(await Promise.all(ends), expected);
  assert.ok(calls.every(({ lanes }) => lanes === 4));
  assert.equal(
    calls.reduce((sum, { blocks }) => sum + blocks * 64, 0),
    MIB,
  );
});

test("whoever has nothing else to do has parts hashed that are fewer than four", async (t) => {
  const { data, calls, feed, hasher } = useHasher(t);
  const ends = [digestsFrom(feed(0, MIB)), digestsFrom(feed(MIB, 2 * MIB))];
  hasher.flush();
  assert.deepEqual(await Promise.all(ends), [
    oracleDigests(data.subarray(0, MIB)),
    oracleDigests(data.subarray(MIB, 2 * MIB)),
  ]);
  assert.ok(calls.every(({ lanes }) => lanes === 2));
});

test("a flush is over with what there was: parts that come later wait for others again", async (t) => {
  const { calls, feed, hasher } = useHasher(t);
  hasher.flush();
  const first = digestsFrom(feed(0, MIB));
  await turns();
  assert.deepEqual(calls, []);
  hasher.flush();
  await first;
  const before = calls.length;
  feed(MIB, 2 * MIB).digest(() => {});
  await turns();
  assert.equal(calls.length, before);
});

test("a part that its stream waits for is hashed after a tenth of a second; others go with it", async (t) => {
  const { calls, clock, feed } = useHasher(t);
  let isWaitedFor = false;
  let told = 0;
  feed(0, MIB, () => isWaitedFor).digest(() => told++);
  feed(MIB, 2 * MIB).digest(() => told++);
  for (let tenth = 0; tenth < 5; tenth++) {
    await clock.pass(100);
    await turns();
  }
  assert.deepEqual([told, calls.length], [0, 0]);
  isWaitedFor = true;
  await clock.pass(99);
  await turns();
  assert.equal(told, 0);
  await clock.pass(1);
  await turns();
  assert.equal(told, 2);
});

test("a small job is done on the spot, a larger one step by step", async (t) => {
  const { calls, feed, hasher } = useHasher(t);
  let told = 0;
  feed(0, 255 * KIB).digest(() => told++);
  hasher.flush();
  assert.equal(told, 1);
  feed(0, 256 * KIB).digest(() => told++);
  hasher.flush();
  assert.equal(told, 1);
  await turns();
  assert.equal(told, 2);
  calls.length = 0;
  feed(0, 4 * MIB).digest(() => told++);
  hasher.flush();
  assert.equal(told, 2);
  // A first step, and the rest after whatever else is to be done.
  const first = calls.reduce((sum, { blocks }) => sum + blocks * 64, 0);
  assert.ok(first <= MIB, `${first} bytes without a pause`);
  await turns();
  assert.equal(told, 3);
});

test("parts of one size are told in the order in which they began, whatever the order of their ends", async (t) => {
  const { feed } = useHasher(t);
  const told: number[] = [];
  const parts = [0, 1, 2, 3, 4, 5, 6, 7].map((part) => feed(part * SEGMENT, (part + 1) * SEGMENT));
  for (const part of [2, 0, 3, 1, 7, 6, 5, 4]) parts[part]!.digest(() => told.push(part));
  await turns();
  assert.deepEqual(told, [0, 1, 2, 3, 4, 5, 6, 7]);
});

test("parts of the default size go through in one job each, all lanes in use", async (t) => {
  const size = 8 * MIB;
  const { calls, data, hasher } = useHasher(t, size);
  const digesters = [0, 1, 2, 3].map(() => hasher.createDigester(never));
  const ends: Promise<Digests>[] = [];
  for (const digester of digesters) {
    for (let at = 0; at < size; at += SEGMENT) digester.update(data.subarray(at, at + SEGMENT));
    ends.push(digestsFrom(digester));
  }
  assert.deepEqual(
    new Set((await Promise.all(ends)).map(({ md5 }) => md5)),
    new Set([oracleDigests(data).md5]),
  );
  assert.deepEqual(new Set(calls.map(({ lanes }) => lanes)), new Set([4]));
  assert.equal(
    calls.reduce((sum, { blocks }) => sum + blocks * 64, 0),
    size,
  );
});

test("a part longer than a job is hashed while it is filled, and does not hold up a short one", async (t) => {
  const { calls, data, hasher, feed } = useHasher(t, 2 * MIB);
  const told: string[] = [];
  const long = hasher.createDigester(always);
  for (let i = 0; i < 10; i++) long.update(data);
  const short = feed(0, MIB, always);
  long.digest((digests) => {
    told.push("long");
    assert.deepEqual(digests, oracleDigests(Buffer.concat(Array(10).fill(data))));
  });
  short.digest(() => told.push("short"));
  hasher.flush();
  await turns(100);
  assert.deepEqual(told, ["short", "long"]);
  assert.ok(calls.length > 0);
});

test("what one source filled faster than others is not put off for them", async (t) => {
  const { calls, data, hasher } = useHasher(t, 2 * MIB);
  const open = [hasher.createDigester(always), hasher.createDigester(always)];
  for (let i = 0; i < 31; i++) open[i % 2]!.update(data);
  await turns(2);
  assert.equal(calls.length, 0);
  open[1]!.update(data);
  await turns(100);
  assert.ok(calls.every(({ lanes }) => lanes === 2));
  hasher.flush();
  await turns(200);
  const whole = oracleDigests(Buffer.concat(Array(16).fill(data)));
  const before = calls.length;
  const ends = open.map(digestsFrom);
  hasher.flush();
  assert.deepEqual(await Promise.all(ends), [whole, whole]);
  // All bytes were hashed before the end: only the padding was left.
  assert.equal(calls.length, before);
});

test("less than a block waits for what follows it", async (t) => {
  const { data, hasher } = useHasher(t);
  const digester = hasher.createDigester(never);
  digester.update(data.subarray(0, 1000));
  hasher.flush();
  hasher.flush();
  const end = digestsFrom(digester);
  hasher.flush();
  assert.deepEqual(await end, oracleDigests(data.subarray(0, 1000)));
});

test("a part of no bytes has digests", async (t) => {
  const { hasher } = useHasher(t);
  const digester = hasher.createDigester(never);
  digester.update(new Uint8Array());
  const end = digestsFrom(digester);
  hasher.flush();
  assert.deepEqual(await end, oracleDigests(new Uint8Array()));
});

test("bytes that are in no memory of the kernels are refused", (t) => {
  const { hasher } = useHasher(t);
  const digester = hasher.createDigester(never);
  assert.throws(() => digester.update(new Uint8Array(64)), RangeError);
});
