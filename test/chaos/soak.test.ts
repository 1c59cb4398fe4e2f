import assert from "node:assert/strict";
import { randomInt } from "node:crypto";
import { test } from "node:test";
import "../support/leaks.ts";
import { planRuns } from "./run-plan.ts";
import { soak } from "./soak.ts";

const RUNS = 60;

test("uploads over a network and a server that fail in every way end whole, or cleanly: never both, never neither", async (t) => {
  const seed = randomInt(2 ** 31);
  t.diagnostic(`seed ${seed}`);
  const broken: string[] = [];
  const tally = await soak({
    seed,
    runs: RUNS,
    parallel: 8,
    onBroken: (index, _, breaches) => {
      const what = breaches.map((breach) => breach.what).join("; ");
      broken.push(`npm run soak -- --seed ${seed} --only ${index}: ${what}`);
    },
  });
  assert.deepEqual(broken, []);
  assert.deepEqual(tally.breaches, []);
  assert.equal(tally.runs, RUNS);
  assert.ok(tally.faults > RUNS / 2, `only ${tally.faults} faults hit`);
  assert.ok((tally.endings.get("finished") ?? 0) > RUNS / 6, "hardly any upload finished");
});

test("a run has one plan, however many there are of its seed", () => {
  assert.deepEqual(planRuns(7, 12), planRuns(7, 40).slice(0, 12));
  assert.notDeepEqual(planRuns(7, 1), planRuns(8, 1));
});
