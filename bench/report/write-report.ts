import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { BENCH, RESULTS } from "../suite/paths.ts";
import type { Chart } from "./chart.ts";
import { chartsOf } from "./charts.ts";
import { createReadme, type Report } from "./readme.ts";

/** Writes README.md, the charts in it, and all samples. */
export async function writeReport(report: Report): Promise<void> {
  const { environment, results, judgements, verdicts, shape } = report;
  rmSync(RESULTS, { recursive: true, force: true });
  mkdirSync(RESULTS);
  const writeJson = (name: string, value: unknown): void =>
    writeFileSync(join(RESULTS, `${name}.json`), `${JSON.stringify(value, null, 2)}\n`);
  writeJson("figures", { environment, shape, judgements, gates: verdicts });
  for (const group of results.groups()) writeJson(group.replaceAll(" ", "-"), results.group(group));

  // By its address: it needs the peers' dependencies, which are installed by now.
  const module = new URL("../compare/draw-chart.ts", import.meta.url).href;
  const { drawChart } = (await import(module)) as { drawChart(chart: Chart): string };
  const charts = chartsOf(results);
  for (const [name, chart] of Object.entries(charts)) {
    writeFileSync(join(RESULTS, `${name}.svg`), drawChart(chart));
  }
  writeFileSync(join(BENCH, "README.md"), createReadme(report, charts));
}
