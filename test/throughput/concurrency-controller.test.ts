import assert from "node:assert/strict";
import { test } from "node:test";
import { ConcurrencyController } from "../../lib/throughput/concurrency-controller.ts";
import { seeded } from "../support/random.ts";
import { simulate } from "./simulated-path.ts";
import { fixedNumbers, PATHS } from "./simulated-paths.ts";

const MB = 1e6;

for (const [name, path] of Object.entries(PATHS)) {
  test(`On a path that is ${name}, the search moves nearly as much as the best fixed number`, () => {
    for (const seed of [1, 2]) {
      const found = simulate({ ...path, random: seeded(seed) });
      const best = Math.max(
        ...fixedNumbers(path).map((fixed) => simulate({ ...path, fixed, random: seeded(seed) }).confirmed),
      );
      const ratio = found.confirmed / best;
      assert.ok(ratio >= 0.88, `seed ${seed}: ${ratio.toFixed(3)} of it, track ${found.track.join(" ")}`);
      assert.ok(
        found.late.refused <= found.late.requests * 0.03,
        `seed ${seed}: ${found.late.refused} refused`,
      );
    }
  });
}

test("A source slower than the path is not taken for a path that bears no more", () => {
  const path = PATHS["a source slower than the path"]!;
  const { track } = simulate({ ...path, random: seeded(1) });
  assert.deepEqual(new Set(track), new Set([4]));
});

test("A search that takes any rate for a gain goes to the highest number: the margin is what stops it", () => {
  const path = PATHS["near, and a processor that suffers from many"]!;
  const { track } = simulate({ ...path, random: seeded(1) });
  assert.ok(Math.max(...track) <= 16, track.join(" "));
});

test("Parts that began before a step do not judge the number after it", () => {
  const controller = new ConcurrencyController({ min: 1, max: 64 });
  const parts = Array.from({ length: 4 }, () => controller.start(0));
  const late = controller.start(0);
  for (const part of parts) controller.end(part, "confirmed", MB, 100);
  assert.equal(controller.limit, 8);
  // As fast as can be: if it counted, the number would double once more.
  for (let n = 0; n < 8; n++) controller.start(100);
  for (let n = 0; n < 8; n++) controller.end(late, "confirmed", 100 * MB, 101);
  assert.equal(controller.limit, 8);
});

test("While one slot is empty, nothing is measured", () => {
  const controller = new ConcurrencyController({ min: 1, max: 64 }, 3);
  for (let now = 0; now < 10_000; now += 100) {
    const parts = [controller.start(now), controller.start(now)];
    for (const part of parts) controller.end(part, "confirmed", MB, now + 100);
  }
  assert.equal(controller.limit, 3);
});

test("Refusals of parts that began before the last step down count once", () => {
  const controller = new ConcurrencyController({ min: 1, max: 64 }, 16);
  const parts = Array.from({ length: 16 }, () => controller.start(0));
  for (const part of parts) controller.attemptFailed(part, "refused", 10);
  assert.equal(controller.limit, 8);
});

test("Attempts that run out of time halve the number, down to one", () => {
  const controller = new ConcurrencyController({ min: 1, max: 64 }, 4);
  for (let now = 0; now < 5; now++) {
    const part = controller.start(now);
    controller.end(part, "timedOut", 0, now + 0.5);
  }
  assert.equal(controller.limit, 1);
});

test("A failure that is not the path's changes nothing", () => {
  const controller = new ConcurrencyController({ min: 1, max: 64 }, 4);
  for (let now = 0; now < 100; now++) controller.end(controller.start(now), "failed", 0, now + 1);
  assert.equal(controller.limit, 4);
});

test("Bounds that change are kept at once", () => {
  const controller = new ConcurrencyController({ min: 1, max: 64 }, 16);
  controller.setBounds({ min: 1, max: 5 }, 0);
  assert.equal(controller.limit, 5);
  controller.setBounds({ min: 9, max: 64 }, 1);
  assert.equal(controller.limit, 9);
});
