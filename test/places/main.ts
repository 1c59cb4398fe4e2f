/**
 * Runs one program wherever the package may be installed, bundled and run, and prints a table of what came of it.
 *
 *     npm run check:places                    all places: half an hour, and some GiB from the registry
 *     npm run check:places -- --short         one of each kind
 *     npm run check:places -- --only Rollup   those whose names have this
 *     npm run check:places -- --write         writes them into the table of docs/places.md
 */
import { parseArgs } from "node:util";
import { startEmulator } from "../../lib/emulator/index.ts";
import { judge, reportOf, STEPS } from "./judge.ts";
import type { AbsentPlace, Place } from "./place.ts";
import { places } from "./places.ts";
import { type Row, tableOf, writeTable } from "./table.ts";
import { Workshop } from "./workshop.ts";

const { values } = parseArgs({
  options: {
    short: { type: "boolean", default: false },
    only: { type: "string", default: "" },
    write: { type: "boolean", default: false },
  },
});
const chosen = places
  .filter((place) => !values.short || ("run" in place && place.short))
  .filter(({ name }) => name.toLowerCase().includes(values.only.toLowerCase()));

const workshop = await Workshop.open(values.short ? undefined : "20.19");
const rows: Row[] = [];
try {
  for (const place of chosen) rows.push("run" in place ? await visit(place) : absent(place));
} finally {
  await workshop.close();
}
console.log(`\n${tableOf(rows)}`);
const failed = rows.filter(({ result }) => result === "failed").length;
console.log(`${rows.length - failed} passed, ${failed} failed`);
if (failed > 0) process.exitCode = 1;
else if (values.write) await writeTable(rows);

async function visit({ kind, name, note = "", hashing = "worker", run }: Place): Promise<Row> {
  const begin = Date.now();
  const emulator = await startEmulator({ port: 0 });
  try {
    const { output, versions } = await run(workshop, { COS_TARGET: JSON.stringify(emulator.target) });
    const report = reportOf(output);
    await judge(report, emulator, hashing);
    console.log(`${kind} ${name}: ${STEPS} of ${STEPS}, ${hashing} (${seconds(begin)})`);
    return {
      kind,
      name,
      versions: [...versions, report.version],
      result: `${STEPS} of ${STEPS}`,
      hashing,
      note,
    };
  } catch (error) {
    console.error(`${kind} ${name}: failed (${seconds(begin)})\n${(error as Error).message}`);
    return { kind, name, versions: [], result: "failed", hashing: "", note };
  } finally {
    await emulator.close();
  }
}

function absent({ kind, name, because }: AbsentPlace): Row {
  return { kind, name, versions: [], result: "not run", hashing: "", note: because };
}

function seconds(begin: number): string {
  return `${((Date.now() - begin) / 1000).toFixed(1)} s`;
}
