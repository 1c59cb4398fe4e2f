import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { Slots } from "../../lib/upload/slots.ts";

/** Jobs that end when they are told to. */
function jobs(slots: Slots): { started: number[]; add(id: number): void; finish(id: number): Promise<void> } {
  const started: number[] = [];
  const ends = new Map<number, () => void>();
  return {
    started,
    add: (id) =>
      slots.add(() => {
        started.push(id);
        return new Promise((resolve) => ends.set(id, resolve));
      }),
    finish: async (id) => {
      ends.get(id)?.();
      await turn();
    },
  };
}

describe("Slots", () => {
  test("begin nothing until they are opened", () => {
    const slots = new Slots(2);
    const { started, add } = jobs(slots);
    add(1);
    assert.deepEqual([started, slots.running, slots.queued], [[], 0, 1]);
    slots.open();
    assert.deepEqual([started, slots.running, slots.queued], [[1], 1, 0]);
  });

  test("run so many at a time, in the order they came", async () => {
    const slots = new Slots(2);
    const { started, add, finish } = jobs(slots);
    slots.open();
    for (let id = 1; id <= 4; id++) add(id);
    assert.deepEqual([started, slots.queued], [[1, 2], 2]);
    await finish(2);
    assert.deepEqual([started, slots.running], [[1, 2, 3], 2]);
    await finish(1);
    assert.deepEqual([started, slots.queued], [[1, 2, 3, 4], 0]);
  });

  test("are idle when none is left, for all who wait", async () => {
    const slots = new Slots(1);
    const { add, finish } = jobs(slots);
    await slots.idle();
    slots.open();
    add(1);
    add(2);
    let idle = 0;
    const waiting = [slots.idle().then(() => idle++), slots.idle().then(() => idle++)];
    await finish(1);
    assert.equal(idle, 0);
    await finish(2);
    await Promise.all(waiting);
    assert.equal(idle, 2);
  });

  test("forget what did not begin, and are idle when the rest ends", async () => {
    const slots = new Slots(1);
    const { started, add, finish } = jobs(slots);
    slots.open();
    add(1);
    add(2);
    slots.clear();
    const idle = slots.idle();
    await finish(1);
    await idle;
    assert.deepEqual([started, slots.running, slots.queued], [[1], 0, 0]);
  });

  test("that never opened are idle once they are cleared", async () => {
    const slots = new Slots(1);
    jobs(slots).add(1);
    const idle = slots.idle();
    slots.clear();
    await idle;
  });
});
