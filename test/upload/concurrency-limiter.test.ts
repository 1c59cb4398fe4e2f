import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { ConcurrencyLimiter } from "../../lib/upload/concurrency-limiter.ts";

/** Jobs that end when they are told to. */
function jobs(limiter: ConcurrencyLimiter): {
  started: number[];
  add(id: number): void;
  finish(id: number): Promise<void>;
} {
  const started: number[] = [];
  const ends = new Map<number, () => void>();
  return {
    started,
    add: (id) =>
      limiter.add(() => {
        started.push(id);
        return new Promise((resolve) => ends.set(id, resolve));
      }),
    finish: async (id) => {
      ends.get(id)?.();
      await turn();
    },
  };
}

describe("ConcurrencyLimiter", () => {
  test("begin nothing until they are opened", () => {
    const limiter = new ConcurrencyLimiter(2);
    const { started, add } = jobs(limiter);
    add(1);
    assert.deepEqual([started, limiter.running, limiter.queued], [[], 0, 1]);
    limiter.open();
    assert.deepEqual([started, limiter.running, limiter.queued], [[1], 1, 0]);
  });

  test("run so many at a time, in the order they came", async () => {
    const limiter = new ConcurrencyLimiter(2);
    const { started, add, finish } = jobs(limiter);
    limiter.open();
    for (let id = 1; id <= 4; id++) add(id);
    assert.deepEqual([started, limiter.queued], [[1, 2], 2]);
    await finish(2);
    assert.deepEqual([started, limiter.running], [[1, 2, 3], 2]);
    await finish(1);
    assert.deepEqual([started, limiter.queued], [[1, 2, 3, 4], 0]);
  });

  test("are idle when none is left, for all who wait", async () => {
    const limiter = new ConcurrencyLimiter(1);
    const { add, finish } = jobs(limiter);
    await limiter.idle();
    limiter.open();
    add(1);
    add(2);
    let idle = 0;
    const waiting = [limiter.idle().then(() => idle++), limiter.idle().then(() => idle++)];
    await finish(1);
    assert.equal(idle, 0);
    await finish(2);
    await Promise.all(waiting);
    assert.equal(idle, 2);
  });

  test("forget what did not begin, and are idle when the rest ends", async () => {
    const limiter = new ConcurrencyLimiter(1);
    const { started, add, finish } = jobs(limiter);
    limiter.open();
    add(1);
    add(2);
    limiter.clear();
    const idle = limiter.idle();
    await finish(1);
    await idle;
    assert.deepEqual([started, limiter.running, limiter.queued], [[1], 0, 0]);
  });

  test("that never opened are idle once they are cleared", async () => {
    const limiter = new ConcurrencyLimiter(1);
    jobs(limiter).add(1);
    const idle = limiter.idle();
    limiter.clear();
    await idle;
  });
});
