import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { closeSync, constants, mkdtempSync, openSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import type { Digests } from "../../lib/digest/digester.ts";
import { LaneHasher } from "../../lib/digest/lane-hasher.ts";
import { digestsFrom, failingThread, oracleDigests, watchedMemory } from "../digest/support.ts";
import { MIB } from "../support/bytes.ts";
import { until } from "../support/ending.ts";
import "../support/leaks.ts";

/** Milliseconds; a thread that works takes one or two for these jobs. */
const SILENCE = 150;
const never = (): boolean => false;

/** What a thread does in place of its n-th job, and lives. */
const silences: Readonly<Record<string, string>> = {
  "drops its job": "return;",
  "runs in a circle": "for (;;);",
  "waits for a lock that nobody lets go": "Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);",
  "does its job, and its answer is lost": "parentPort.postMessage = () => {};",
  "answers long after it was given up": "return setTimeout(() => listener(message), 1500);",
};

async function useRunning(t: TestContext, source: string, silence = SILENCE) {
  const memory = watchedMemory(4 * MIB);
  const hasher = new LaneHasher(memory.memories, "thread", {
    threadSource: () => source,
    maxSilence: silence,
  });
  t.after(() => hasher.close());
  hasher.createDigester(never).discard();
  await until(() => hasher.hashing === "worker", "the thread runs");
  const hashFour = (): Promise<Digests[]> =>
    Promise.all(
      [0, 1, 2, 3].map((part) => {
        const digester = hasher.createDigester(never);
        digester.update(memory.data.subarray(part * MIB, (part + 1) * MIB));
        return digestsFrom(digester);
      }),
    );
  return { ...memory, hasher, hashFour };
}

for (const [what, silence] of Object.entries(silences)) {
  for (const job of [1, 3]) {
    test(`a hash thread that ${what} at job ${job} hangs nothing: the main thread goes on`, {
      timeout: 30_000,
    }, async (t) => {
      const { hashFour, hasher, data, calls } = await useRunning(t, failingThread(job, silence));
      const expected = [0, 1, 2, 3].map((part) => oracleDigests(data.subarray(part * MIB, (part + 1) * MIB)));
      for (let round = 1; round <= 4; round++) assert.deepEqual(await hashFour(), expected, `round ${round}`);
      assert.equal(hasher.hashing, "inline");
      assert.ok(calls.length > 0, "the main thread hashed");
      await hasher.close();
    });
  }
}

test("closing does not wait for the answer of a silent thread", { timeout: 30_000 }, async (t) => {
  const { hashFour, hasher } = await useRunning(t, failingThread(1, "for (;;);"));
  void hashFour().then(() => assert.fail("told"));
  assert.equal(await hasher.close(), true);
});

test("a thread that cannot be ended is not waited for, and its memory is not used again", {
  timeout: 30_000,
  skip: process.platform === "win32" && "there are no named pipes of this kind",
}, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "silent-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const pipe = join(folder, "pipe");
  execFileSync("mkfifo", [pipe]);
  const blocked = `process.getBuiltinModule("node:fs").readFileSync(${JSON.stringify(pipe)});`;
  const { hashFour, hasher, data } = await useRunning(t, failingThread(1, blocked), 1000);
  const hashing = hashFour();
  let end: number | undefined;
  // It can be opened once somebody waits at its other end.
  await until(() => {
    end = openForWriting(pipe);
    return end !== undefined;
  }, "the thread is blocked");
  const [first] = await hashing;
  assert.deepEqual(first, oracleDigests(data.subarray(0, MIB)));
  assert.equal(await hasher.close(), false);
  closeSync(end!);
  while (!(await hasher.close()));
});

function openForWriting(pipe: string): number | undefined {
  try {
    return openSync(pipe, constants.O_WRONLY | constants.O_NONBLOCK);
  } catch {
    return undefined;
  }
}
