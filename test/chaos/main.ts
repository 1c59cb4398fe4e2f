import { randomInt } from "node:crypto";
import { parseArgs } from "node:util";
import { soak } from "./soak.ts";

/**
 * `npm run soak -- [--seed S] [--runs N] [--only I] [--parallel P]`: uploads over a network and a server that fail in every way
 * there is. Prints the seed first, and, for a run that broke a promise, how to make it again alone.
 */
const { values } = parseArgs({
  options: {
    seed: { type: "string" },
    runs: { type: "string", default: "1000" },
    only: { type: "string" },
    parallel: { type: "string", default: "12" },
  },
});
const seed = integer("seed", values.seed) ?? randomInt(2 ** 31);
const runs = integer("runs", values.runs)!;
const only = integer("only", values.only);
const startedAt = performance.now();

console.log(`seed ${seed}, ${only === undefined ? `${runs} runs` : `run ${only} only`}`);
const tally = await soak({
  seed,
  runs,
  only,
  parallel: integer("parallel", values.parallel)!,
  onBroken: (index, plan, breaches, report) => {
    console.log(`\nrun ${index} broke promises; alone: npm run soak -- --seed ${seed} --only ${index}`);
    for (const { kind, what } of breaches) console.log(`  ${kind}: ${what}`);
    console.log(`  the server saw:\n    ${report?.requests.slice(-60).join("\n    ")}`);
    console.log(`  ${JSON.stringify(plan)}\n`);
  },
});
tally.print(console.log);
console.log(`seed ${seed}, ${((performance.now() - startedAt) / 1000).toFixed(0)} s`);
process.exitCode = tally.breaches.length > 0 ? 1 : 0;

function integer(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^\d{1,10}$/.test(text)) return Number(text);
  throw new TypeError(`--${name} takes a whole number, not ${text}`);
}
