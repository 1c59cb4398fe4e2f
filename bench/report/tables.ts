import type { Verdict } from "../gates/gate.ts";
import {
  CPU_PER_GIB,
  MAIN_CPU_PER_GIB,
  type Measure,
  MIB_PER_CPU_SECOND,
  MIB_PER_SECOND,
  MILLISECONDS,
  type Results,
  SERVER_CPU_PER_GIB,
} from "../suite/results.ts";
import type { Judgement } from "./figure.ts";

export type Table = readonly (readonly string[])[];

const MIB = 1024 * 1024;
const LONGEST_CELL = 72;

interface Column {
  readonly title: string;
  readonly digits: number;
  value(results: Results, group: string, name: string): number;
}

function column(title: string, digits: number, measure: Measure): Column {
  return { title, digits, value: (results, group, name) => results.median(group, name, measure) };
}

const SPEED: readonly Column[] = [
  column("MiB/s", 0, MIB_PER_SECOND),
  column("CPU s/GiB", 2, CPU_PER_GIB),
  column("of it main thread", 2, MAIN_CPU_PER_GIB),
];
const SERVER = column("server's CPU s/GiB", 2, SERVER_CPU_PER_GIB);
const PEAK: Column = {
  title: "peak MiB above idle",
  digits: 0,
  value: (results, group, name) => peakAboveIdle(results, group, name) / MIB,
};

/** What each group shows. */
const COLUMNS: Readonly<Record<string, readonly Column[]>> = {
  kernels: [column("MiB/s on one core", 0, MIB_PER_CPU_SECOND), column("CPU s/GiB", 2, CPU_PER_GIB)],
  throughput: [...SPEED, SERVER, PEAK],
  tls: [...SPEED, SERVER, PEAK],
  objects: [
    ...SPEED.slice(0, 2),
    PEAK,
    column("part memory MiB", 0, ({ partMemory }) => partMemory && partMemory / MIB),
  ],
  streams: [...SPEED.slice(0, 2), PEAK, column("longest wait s", 2, ({ longestWait }) => longestWait)],
  writes: SPEED,
  chunks: SPEED,
  latency: [column("ms", 2, MILLISECONDS)],
  imports: [
    column("ms", 0, MILLISECONDS),
    column("installed MiB", 1, ({ installed }) => installed && installed / MIB),
    column("packages", 0, ({ packages }) => packages),
  ],
  "event loop": [
    ...SPEED.slice(0, 1),
    column("median ms", 1, ({ delayMedian }) => delayMedian),
    column("99 % ms", 1, ({ delay99 }) => delay99),
    column("longest ms", 1, ({ delayMax }) => delayMax),
  ],
  "shaped link": SPEED,
};

/** Most memory of a case less that of a process with everything ready that uploads nothing, in bytes. */
export function peakAboveIdle(results: Results, group: string, name: string): number {
  const idle: readonly [string, string] = results.has(group, "idle") ? [group, "idle"] : ["idle", name];
  const base = results.median(...idle, ({ resident }) => resident);
  return results.median(group, name, ({ peak }) => peak) - base;
}

export function figureTable(judgements: readonly Judgement[]): Table {
  const rows = judgements.map(({ what, target, got, verdict }) => [what, target, oneLine(got), verdict]);
  return [["figure", "target", "measured", "verdict"], ...rows];
}

export function gateTable(verdicts: readonly Verdict[]): Table {
  const rows = verdicts.map(({ gate, passed, detail }) => [gate, passed ? "yes" : "NO", oneLine(detail)]);
  return [["gate", "holds", "seen"], ...rows];
}

/** Medians of a group's cases; undefined when it has none to show. */
export function groupTable(results: Results, group: string): Table | undefined {
  const columns = COLUMNS[group];
  const outcomes = results.group(group).filter(({ plan }) => plan.action !== "idle");
  if (columns === undefined || outcomes.length === 0) return undefined;
  const rows = outcomes.map(({ name, error }) =>
    error === undefined
      ? [name, ...columns.map((each) => cell(results, group, name, each))]
      : [name, `not measured: ${oneLine(error)}`, ...columns.slice(1).map(() => "")],
  );
  return [["", ...columns.map(({ title }) => title)], ...rows];
}

/** The beginning of a text, so that a table stays one. */
export function oneLine(text: string): string {
  const line = text.split("\n", 1)[0] ?? "";
  return line.length > LONGEST_CELL ? `${line.slice(0, LONGEST_CELL)}…` : line;
}

function cell(results: Results, group: string, name: string, { value, digits }: Column): string {
  try {
    const number = value(results, group, name);
    return Number.isFinite(number) ? number.toFixed(digits) : "–";
  } catch {
    return "–";
  }
}
