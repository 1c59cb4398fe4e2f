import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import workerThreads from "node:worker_threads";
import type { Digests } from "../../lib/digest/digester.ts";
import { HASH_THREAD } from "../../lib/digest/hash-thread-source.ts";
import { type HashPlace, LaneHasher } from "../../lib/digest/lane-hasher.ts";
import { MIB } from "../support/bytes.ts";
import { until } from "../support/ending.ts";
import "../support/leaks.ts";
import { digestsFrom, failingThread, oracleDigests, type WatchedMemory, watchedMemory } from "./support.ts";

const never = (): boolean => false;

interface Setup extends WatchedMemory {
  readonly hasher: LaneHasher;
  /** How many threads were asked for. */
  readonly threads: { count: number };
  /** The digests of the four MiB of the memory, all at once. */
  hashFour(): Promise<Digests[]>;
}

function useHasher(t: TestContext, place: HashPlace, source: string = HASH_THREAD): Setup {
  const memory = watchedMemory(4 * MIB);
  const threads = { count: 0 };
  const hasher = new LaneHasher(memory.memories, place, {
    threadSource: () => {
      threads.count += 1;
      return source;
    },
  });
  t.after(() => hasher.close());
  const hashFour = (): Promise<Digests[]> => {
    const ends = [0, 1, 2, 3].map((part) => {
      const digester = hasher.createDigester(never);
      digester.update(memory.data.subarray(part * MIB, (part + 1) * MIB));
      return digestsFrom(digester);
    });
    return Promise.all(ends);
  };
  return { ...memory, hasher, threads, hashFour };
}

async function useRunning(t: TestContext, source?: string): Promise<Setup> {
  const setup = useHasher(t, "thread", source);
  setup.hasher.createDigester(never).discard();
  await until(() => setup.hasher.hashing === "worker", "the thread runs");
  return setup;
}

function expectedOf(data: Uint8Array): Digests[] {
  return [0, 1, 2, 3].map((part) => oracleDigests(data.subarray(part * MIB, (part + 1) * MIB)));
}

test("a running thread hashes, and the main thread does not", async (t) => {
  const { hashFour, data, calls, threads } = await useRunning(t);
  for (let i = 0; i < 3; i++) assert.deepEqual(await hashFour(), expectedOf(data));
  assert.deepEqual([calls.length, threads.count], [0, 1]);
});

test("memory that was added after the thread began is hashed there too", async (t) => {
  const { hashFour, data, hasher, calls } = await useRunning(t);
  await hashFour();
  const always = (): boolean => true;
  const more = watchedMemory(2 * MIB);
  more.data.fill(3);
  // Right behind the first by its address, which is one of another memory.
  const second = more.data.subarray(MIB);
  hasher.memories.add(more.memories.at(0));
  const digester = hasher.createDigester(always);
  digester.update(data.subarray(0, MIB));
  digester.update(second);
  const end = digestsFrom(digester);
  hasher.flush();
  assert.deepEqual(await end, oracleDigests(Buffer.concat([data.subarray(0, MIB), second])));
  assert.deepEqual([calls.length, more.calls.length], [0, 0]);
});

test("until its thread runs, the main thread hashes", async (t) => {
  const { hashFour, data, calls } = useHasher(t, "thread");
  assert.deepEqual(await hashFour(), expectedOf(data));
  assert.ok(calls.length > 0);
});

const failures: Readonly<Record<string, string>> = {
  "exits without an answer": "process.exit(1);",
  "throws without an answer": "throw new Error('out of order');",
  "exits with code 0": "process.exit(0);",
  "answers and throws in its next turn": "setImmediate(() => { throw new Error('late'); });",
  "throws, and answers while it exits":
    "process.once('exit', () => listener(message)); throw new Error('out of order');",
  "throws as soon as it has answered": "queueMicrotask(() => { throw new Error('late'); });",
};

for (const [what, failure] of Object.entries(failures)) {
  for (const job of [1, 3]) {
    test(`when a thread ${what} at job ${job}, all digests are right, and the main thread goes on`, async (t) => {
      const { hashFour, data, calls, hasher, threads } = await useRunning(t, failingThread(job, failure));
      const expected = expectedOf(data);
      // More than one job at a time, so that the next follows at once.
      for (let i = 0; i < 5; i++) {
        const jobs = await Promise.all([hashFour(), hashFour(), hashFour()]);
        assert.deepEqual(jobs, [expected, expected, expected], `round ${i}`);
      }
      await until(() => hasher.hashing === "inline", "the thread is over");
      const before = calls.length;
      assert.deepEqual(await hashFour(), expected);
      assert.ok(calls.length > before);
      assert.equal(threads.count, 1);
    });
  }
}

test("an idle thread that dies is no longer used", async (t) => {
  const { hashFour, data, calls, hasher } = await useRunning(
    t,
    failingThread(1, "setTimeout(() => process.exit(1), 50);"),
  );
  assert.deepEqual(await hashFour(), expectedOf(data));
  await until(() => hasher.hashing === "inline", "the thread is over");
  assert.deepEqual(await hashFour(), expectedOf(data));
  assert.ok(calls.length > 0);
});

const unusable: Readonly<Record<string, string>> = {
  "whose source is no program": "this is no program",
  "that throws as it starts": "throw new Error('no such place')",
  "that ends at once": "process.exit(1)",
};

for (const [what, source] of Object.entries(unusable)) {
  test(`a thread ${what} is done without`, (t) => assertDoneWithout(useHasher(t, "thread", source)));
}

test("a thread that must not be started is done without", async (t) => {
  const { Worker } = workerThreads;
  t.after(() => replaceWorker(Worker));
  replaceWorker(
    class {
      constructor() {
        throw Object.assign(new Error("Access to this API has been restricted"), {
          code: "ERR_ACCESS_DENIED",
        });
      }
    } as unknown as typeof Worker,
  );
  await assertDoneWithout(useHasher(t, "thread"));
});

function replaceWorker(Worker: typeof workerThreads.Worker): void {
  workerThreads.Worker = Worker;
}

async function assertDoneWithout({ hashFour, data, hasher, threads }: Setup): Promise<void> {
  for (let i = 0; i < 12; i++) {
    assert.deepEqual(await hashFour(), expectedOf(data));
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  await until(() => hasher.hashing === "inline", "the thread is over");
  assert.equal(threads.count, 1);
}

test("a hasher of the main thread never starts another", async (t) => {
  const { hashFour, hasher, threads } = useHasher(t, "main");
  hasher.expect(2 ** 40);
  for (let i = 0; i < 10; i++) await hashFour();
  assert.equal(threads.count, 0);
});

test("by itself a thread is started when 32 MiB were hashed without it, not sooner", async (t) => {
  const { hashFour, threads } = useHasher(t, "auto");
  for (let i = 0; i < 7; i++) await hashFour();
  assert.equal(threads.count, 0);
  await hashFour();
  assert.equal(threads.count, 1);
  await hashFour();
  assert.equal(threads.count, 1);
});

test("or at once, when as much and more is expected", async (t) => {
  const { hasher, threads } = useHasher(t, "auto");
  hasher.expect(64 * MIB - 1);
  assert.equal(threads.count, 0);
  hasher.expect(64 * MIB);
  hasher.expect(64 * MIB);
  assert.equal(threads.count, 1);
});

test("closing in the middle of a job ends the thread and tells nobody", async (t) => {
  const { hashFour, hasher, calls } = await useRunning(t);
  void hashFour().then(() => assert.fail("told"));
  await hasher.close();
  assert.equal(hasher.hashing, "inline");
  for (let i = 0; i < 20; i++) await turn();
  assert.equal(calls.length, 0);
  await hasher.close();
});
