import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import type { LaneDigester } from "../../lib/digest/lane-digester.ts";
import { LaneHasher } from "../../lib/digest/lane-hasher.ts";
import { MIB } from "../support/bytes.ts";
import "../support/leaks.ts";
import { digestsFrom, oracleDigests, watchedMemory } from "./support.ts";

const always = (): boolean => true;

/** Four parts of a MiB and the job of them, after its first step. */
function fourUnderWay() {
  const memory = watchedMemory(4 * MIB);
  const hasher = new LaneHasher(memory.memories, "main");
  const place = (part: number): Uint8Array => memory.data.subarray(part * MIB, (part + 1) * MIB);
  const begin = (part: number): LaneDigester => {
    const digester = hasher.createDigester(always);
    digester.update(place(part));
    return digester;
  };
  const digesters = [0, 1, 2, 3].map(begin);
  const expected = digesters.map((_, part) => oracleDigests(place(part)));
  return { ...memory, hasher, place, begin, digesters, expected };
}

async function turns(count = 20): Promise<void> {
  for (let i = 0; i < count; i++) await turn();
}

test("a part discarded before, between and in jobs is told of nothing, and its memory may change", async () => {
  const { hasher, digesters, expected, place, begin } = fourUnderWay();
  const told: number[] = [];
  const discarded = begin(0);
  discarded.discard();
  discarded.digest(() => told.push(-1));
  discarded.update(place(1));
  const ends = [0, 2, 3].map((part) => digestsFrom(digesters[part]!));
  digesters[1]!.digest(() => told.push(1));
  // The job of all four is under way now.
  digesters[1]!.discard();
  place(1).fill(0xaa);
  const next = begin(1);
  const end = digestsFrom(next);
  assert.deepEqual(await Promise.all(ends), [expected[0], expected[2], expected[3]]);
  hasher.flush();
  assert.deepEqual(await end, oracleDigests(place(1)));
  next.discard();
  await turns();
  assert.deepEqual(told, []);
  await hasher.close();
});

test("a job that nobody wants any more is not gone on with, as its memory may be another's", async () => {
  const { hasher, digesters, calls } = fourUnderWay();
  for (const digester of digesters) digester.digest(() => assert.fail("told"));
  const before = calls.length;
  assert.ok(before > 0);
  for (const digester of digesters) digester.discard();
  await turns();
  assert.equal(calls.length, before);
  await hasher.close();
});

test("a closed hasher tells nobody anything, and leaves its memory alone", async () => {
  const { hasher, digesters, calls } = fourUnderWay();
  for (const digester of digesters) digester.digest(() => assert.fail("told"));
  const before = calls.length;
  await hasher.close();
  hasher.flush();
  await turns();
  assert.equal(calls.length, before);
  await hasher.close();
});

test("other parts go on when those beside them are discarded", async () => {
  const { hasher, digesters, expected, place, begin } = fourUnderWay();
  for (const digester of digesters) digester.digest(() => {});
  const later = digestsFrom(begin(3));
  for (const digester of digesters) digester.discard();
  hasher.flush();
  assert.deepEqual(await later, expected[3]);
  assert.deepEqual(oracleDigests(place(3)), expected[3]);
  await hasher.close();
});

test("who is told may begin, end, discard and flush others: the rest of its job is told first, in order", async () => {
  const { hasher, digesters, place, begin } = fourUnderWay();
  const told: string[] = [];
  const open = begin(2);
  digesters[0]!.digest(() => {
    told.push("0");
    digesters[2]!.discard();
    const small = hasher.createDigester(always);
    small.update(place(0).subarray(0, 1000));
    hasher.flush();
    small.digest((digests) => {
      told.push("small");
      assert.deepEqual(digests, oracleDigests(place(0).subarray(0, 1000)));
    });
    hasher.flush();
    open.digest(() => told.push("open"));
  });
  digesters[1]!.digest(() => told.push("1"));
  digesters[2]!.digest(() => told.push("2"));
  digesters[3]!.digest(() => told.push("3"));
  await turns();
  assert.deepEqual(told.slice(0, 3), ["0", "1", "3"]);
  assert.deepEqual(told.slice(3).sort(), ["open", "small"]);
  await hasher.close();
});

test("when the last part is discarded, no timer is left", () => {
  const timers = (): number => process.getActiveResourcesInfo().filter((kind) => kind === "Timeout").length;
  const before = timers();
  const { data, memories } = watchedMemory(MIB);
  const hasher = new LaneHasher(memories, "main");
  const digesters = [0, 1].map(() => hasher.createDigester(always));
  for (const digester of digesters) digester.update(data);
  for (const digester of digesters) digester.digest(() => assert.fail("told"));
  assert.equal(timers(), before + 1);
  digesters[0]!.discard();
  assert.equal(timers(), before + 1);
  digesters[1]!.discard();
  assert.equal(timers(), before);
});
