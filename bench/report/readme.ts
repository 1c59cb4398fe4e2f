import type { Verdict } from "../gates/gate.ts";
import type { Results } from "../suite/results.ts";
import type { Chart } from "./chart.ts";
import type { Environment } from "./environment.ts";
import type { Judgement } from "./figure.ts";
import { METHOD } from "./method.ts";
import { markdownTable } from "./print.ts";
import { figureTable, gateTable, groupTable } from "./tables.ts";

/** What a full run found. */
export interface Report {
  readonly environment: Environment;
  readonly results: Results;
  readonly judgements: readonly Judgement[];
  readonly verdicts: readonly Verdict[];
  /** What the shaped link is like, or why there is none. */
  readonly shape: string;
  readonly minutes: number;
}

/** Group → its heading, and the charts below it. */
const SECTIONS: readonly (readonly [group: string, heading: string, charts: readonly string[]])[] = [
  ["throughput", "One object of unknown length over HTTP", ["throughput", "cpu"]],
  ["tls", "The same over TLS", ["tls"]],
  ["shaped link", "The same over a link as slow as a network", []],
  ["kernels", "Digests, and a copy, on one core", ["kernels"]],
  ["objects", "By size of the object", ["objects", "cost-by-object"]],
  ["streams", "By streams at once through one client, with 128 MiB of part memory", ["streams"]],
  ["chunks", "By size of the chunks that the source gives", ["chunks"]],
  ["writes", "By size of the writes", []],
  ["event loop", "How long other work of the process waits", ["event-loop"]],
  ["latency", "A 13-byte object", []],
  ["imports", "The first import", []],
];

/** The page that a full run leaves behind. */
export function createReadme(report: Report, charts: Readonly<Record<string, Chart>>): string {
  const { environment, results, judgements, verdicts, shape, minutes } = report;
  const count = (verdict: string): number =>
    judgements.filter((judgement) => judgement.verdict === verdict).length;
  const sections = SECTIONS.flatMap(([group, heading, names]) => {
    const table = groupTable(results, group);
    const link = group === "shaped link" ? [`Link: ${shape}.`] : [];
    if (table === undefined) return link.length > 0 ? [`## ${heading}`, ...link] : [];
    const note = [...link, `Median of ${results.rounds(group)}.`];
    const images = names.map((name) => `![${charts[name]?.title}](results/${name}.svg)`);
    return [`## ${heading}`, ...note, markdownTable(table), ...images];
  });
  return `${[
    "# Benchmarks",
    "This page, and what is in `results/`, is written by `npm run bench`.",
    METHOD.commands,
    `## Figures`,
    `${count("reached")} of ${judgements.length} targets reached, ${count("missed")} missed, ${count("not measured")} not measured, on ${environment.date}, in one run of ${minutes.toFixed(1)} minutes.`,
    markdownTable(figureTable(judgements)),
    describe(environment),
    "## Gates",
    METHOD.gates,
    markdownTable(gateTable(verdicts)),
    ...sections,
    "## Method",
    METHOD.text,
  ].join("\n\n")}\n`;
}

function describe({ processor, cores, memory, system, node, commit, load, packages }: Environment): string {
  const versions = Object.entries(packages).map(([name, version]) => `${name} ${version}`);
  return `Machine: ${processor}, ${cores} cores, ${memory} GiB, ${system}; load ${load.toFixed(1)} before the run. Node ${node}; ${versions.join(", ")}; commit ${commit}.`;
}
