import { boundedMemory } from "../gates/bounded-memory.ts";
import { emulated } from "../gates/emulated.ts";
import type { Verdict } from "../gates/gate.ts";
import { sameBytes } from "../gates/same-bytes.ts";
import { describeEnvironment } from "../report/environment.ts";
import { type Judgement, judge } from "../report/figure.ts";
import { FIGURES } from "../report/figures.ts";
import { printTable } from "../report/print.ts";
import { figureTable, gateTable, groupTable } from "../report/tables.ts";
import { writeReport } from "../report/write-report.ts";
import { CachedFiles } from "./cached-files.ts";
import type { Group } from "./case.ts";
import { createGroups } from "./groups.ts";
import type { SuiteOptions } from "./options.ts";
import { Results } from "./results.ts";
import { runGroup } from "./run-group.ts";
import { fullScale, QUICK_SCALE } from "./scale.ts";
import { Servers } from "./servers.ts";

/** Runs the suite. Answers whether all gates hold: the figures are judged in the table, and fail nothing. */
export async function bench(options: SuiteOptions): Promise<boolean> {
  const files = new CachedFiles();
  const servers = new Servers();
  const cleanUp = (): void => {
    servers.close();
    files.remove();
  };
  // However it ends: the files lie in memory, and the link is the system's.
  process.once("exit", cleanUp);
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(1));
  try {
    return await run(options, servers, files);
  } finally {
    cleanUp();
  }
}

async function run(
  { quick, largest, only }: SuiteOptions,
  servers: Servers,
  files: CachedFiles,
): Promise<boolean> {
  const start = performance.now();
  const environment = describeEnvironment();
  const isWanted = (name: string): boolean => only.length === 0 || only.includes(name);
  const verdicts: Verdict[] = [];
  if (isWanted("gates")) {
    for (const gate of [sameBytes, emulated, boundedMemory]) verdicts.push(...(await gate(files)));
    printTable("Gates", gateTable(verdicts));
  }

  const results = new Results();
  for (const group of createGroups(quick ? QUICK_SCALE : fullScale(largest))) {
    if (isWanted(group.name) && group.cases.length > 0) await runAndPrint(group, results, servers, files);
  }
  console.log(`\nShaped link: ${servers.shape}`);
  const judgements = FIGURES.map((figure) => judge(figure, results));
  const isShown = ({ verdict }: Judgement): boolean => only.length === 0 || verdict !== "not measured";
  printTable("Figures", figureTable(judgements.filter(isShown)));
  const minutes = (performance.now() - start) / 60_000;
  console.log(`\n${minutes.toFixed(1)} minutes`);
  if (!quick && only.length === 0) {
    await writeReport({ environment, results, judgements, verdicts, shape: servers.shape, minutes });
  }
  return verdicts.every(({ passed }) => passed);
}

async function runAndPrint(
  group: Group,
  results: Results,
  servers: Servers,
  files: CachedFiles,
): Promise<void> {
  const server = await servers.get(group.link);
  if (server === undefined) return;
  const start = performance.now();
  await runGroup(group, server, results, files);
  const seconds = ((performance.now() - start) / 1000).toFixed(0);
  const table = groupTable(results, group.name);
  if (table !== undefined) printTable(`${group.name}, median of ${group.rounds}, ${seconds} s`, table);
}
