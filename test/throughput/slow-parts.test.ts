import assert from "node:assert/strict";
import { test } from "node:test";
import { SlowParts } from "../../lib/throughput/slow-parts.ts";

const MIB = 2 ** 20;
const SIZE = 8 * MIB;

/** Parts of 8 MiB that took a second each. */
function afterParts(count: number): SlowParts {
  const parts = new SlowParts();
  for (let n = 0; n < count; n++) {
    parts.begin();
    parts.confirmed(SIZE, 1000);
  }
  parts.begin();
  return parts;
}

test("A part on a connection a hundred times slower than its neighbours' is cut", () => {
  assert.equal(afterParts(8).shouldCut({ size: SIZE, sent: SIZE / 50, age: 2000, idle: 10 }), true);
});

test("A part whose connection took nothing is cut when it is three times as old as a part gets", () => {
  const parts = afterParts(8);
  assert.equal(parts.shouldCut({ size: SIZE, sent: 0, age: 2900, idle: 2900 }), false);
  assert.equal(parts.shouldCut({ size: SIZE, sent: 0, age: 3000, idle: 3000 }), true);
});

test("A part that is sent whole and not answered is cut when the answer is as late as three parts", () => {
  const parts = afterParts(8);
  assert.equal(parts.shouldCut({ size: SIZE, sent: SIZE, age: 3900, idle: 2900 }), false);
  assert.equal(parts.shouldCut({ size: SIZE, sent: SIZE, age: 4000, idle: 3000 }), true);
});

for (const [name, candidate] of Object.entries({
  "as fast as the others": { size: SIZE, sent: SIZE / 2, age: 500, idle: 1 },
  "twice as slow as the others": { size: SIZE, sent: SIZE / 2, age: 1100, idle: 1 },
  "slow, but nearly done": { size: SIZE, sent: SIZE * 0.9, age: 9000, idle: 10 },
  young: { size: SIZE, sent: 0, age: 999, idle: 999 },
  "larger than the others, in proportion": { size: 8 * SIZE, sent: SIZE, age: 1100, idle: 1 },
})) {
  test(`A part that is ${name} goes on`, () => {
    assert.equal(afterParts(8).shouldCut(candidate), false);
  });
}

test("Nothing is cut before four parts have shown how long a part takes", () => {
  assert.equal(afterParts(3).shouldCut({ size: SIZE, sent: 0, age: 60_000, idle: 60_000 }), false);
  assert.equal(afterParts(4).shouldCut({ size: SIZE, sent: 0, age: 60_000, idle: 60_000 }), true);
});

test("A path that becomes slow for all cuts nothing once it has been seen", () => {
  const parts = afterParts(8);
  for (let n = 0; n < 32; n++) parts.confirmed(SIZE, 60_000);
  assert.equal(parts.shouldCut({ size: SIZE, sent: SIZE / 2, age: 30_000, idle: 100 }), false);
});

test("Of a thousand parts twenty are cut at the most", () => {
  const parts = afterParts(999);
  const candidate = { size: SIZE, sent: 0, age: 60_000, idle: 60_000 };
  let cut = 0;
  while (parts.shouldCut(candidate)) cut += 1;
  assert.equal(cut, 20);
});

test("An empty part is no measure", () => {
  const parts = new SlowParts();
  for (let n = 0; n < 8; n++) {
    parts.begin();
    parts.confirmed(0, 5);
  }
  assert.equal(parts.shouldCut({ size: SIZE, sent: 0, age: 60_000, idle: 60_000 }), false);
});
