import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { setTimeout as sleep, setImmediate as turn } from "node:timers/promises";
import { CosClient, type CosClientOptions, type UploadStream } from "../../lib/index.ts";
import { MIB } from "../support/bytes.ts";
import { useEmulator } from "../support/emulator.ts";
import { until } from "../support/ending.ts";

/** A client with streams of one byte each, whose sources say nothing more. */
async function useSilent(t: TestContext, count: number, options: Partial<CosClientOptions> = {}) {
  const emulator = await useEmulator(t);
  const client = new CosClient({ ...emulator.target, ...options });
  // No upload is begun before its part is full, so that closing takes no requests.
  const open = (key: string, idle = 0): UploadStream => {
    const stream = client.createUploadStream({ key, timeout: { idle }, singlePut: true });
    stream.done.catch(() => {});
    return stream;
  };
  const silent = Array.from({ length: count }, (_, i) => open(`silent-${i}`));
  for (const stream of silent) stream.write("1");
  return { client, silent, open, [Symbol.asyncDispose]: () => client.close() };
}

/** Whether a byte that is written to a stream is taken, sooner or later. */
async function isTaken(stream: UploadStream): Promise<boolean> {
  let taken = false;
  stream.write("1", (error) => {
    taken = error === null || error === undefined;
  });
  for (let turns = 0; turns < 100 && !taken; turns++) await turn();
  return taken;
}

// What the documents say of it: "no number of streams" holds for sources that go on, and for no others.
const limits = {
  "264 streams of one byte, with the defaults,": { count: 264, options: {} },
  "One stream of one byte, in a memory of one part,": { count: 1, options: { memory: 8 * MIB } },
} as const;

for (const [what, { count, options }] of Object.entries(limits)) {
  test(`${what} keep the memory of their parts: the next stream waits until one of them ends`, async (t) => {
    await using setup = await useSilent(t, count, options);
    const { client, silent, open } = setup;
    assert.equal(client.stats().streamsWaitingForMemory, 0);
    const next = open("next");
    assert.equal(await isTaken(next), false);
    assert.equal(client.stats().streamsWaitingForMemory, 1);
    silent[0]!.end();
    next.end();
    assert.equal((await next.done).size, 1);
  });

  test(`${what} let the next stream wait without a timeout: its own is for its source`, async (t) => {
    await using setup = await useSilent(t, count, options);
    const { client, open } = setup;
    const next = open("next", 20);
    next.write("1");
    await sleep(200);
    assert.deepEqual([next.destroyed, client.stats().streamsWaitingForMemory], [false, 1]);
  });
}

test("one stream less, and the next one goes on", async (t) => {
  await using setup = await useSilent(t, 263);
  const next = setup.open("next");
  assert.ok(await isTaken(next));
  next.end();
  assert.equal((await next.done).size, 1);
});

test("`timeout.idle` of the silent streams is what lets the others go on", async (t) => {
  await using setup = await useSilent(t, 0, { memory: 8 * MIB });
  const { client, open } = setup;
  const silent = open("silent", 50);
  silent.write("1");
  const next = open("next");
  next.end("1");
  assert.equal((await next.done).size, 1);
  await assert.rejects(silent.done, { code: "ERR_COS_IDLE" });
  await until(() => client.stats().streams === 0, "both are closed");
});
