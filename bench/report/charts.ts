import {
  CPU_PER_GIB,
  type Measure,
  MIB_PER_CPU_SECOND,
  MIB_PER_SECOND,
  type Outcome,
  type Results,
} from "../suite/results.ts";
import type { Chart } from "./chart.ts";
import { peakAboveIdle } from "./tables.ts";

const MIB = 1024 * 1024;

/** Charts by the names of their files. */
export function chartsOf(results: Results): Record<string, Chart> {
  const names = (group: string): string[] =>
    results
      .group(group)
      .filter(({ plan, error }) => plan.action !== "idle" && error === undefined)
      .map(({ name }) => name);
  const medians = (group: string, measure: Measure): (number | null)[] =>
    names(group).map((name) => orNull(() => results.median(group, name, measure)));
  const bars = (title: string, group: string, measure: Measure, digits: number): Chart => ({
    title,
    kind: "bar",
    labels: names(group),
    series: [{ name: title, values: medians(group, measure) }],
    digits,
    others: results
      .group(group)
      .filter((outcome) => !isOurs(outcome))
      .map(({ name }) => name),
  });

  return {
    throughput: bars("HTTP, MiB/s (more is better)", "throughput", MIB_PER_SECOND, 0),
    cpu: bars("HTTP, CPU seconds per GiB, all threads (less is better)", "throughput", CPU_PER_GIB, 2),
    tls: bars("TLS, MiB/s (more is better)", "tls", MIB_PER_SECOND, 0),
    kernels: bars("Digests and a copy, MiB/s on one core", "kernels", MIB_PER_CPU_SECOND, 0),
    objects: {
      title: "Most memory above idle, by size of the object",
      kind: "line",
      labels: names("objects"),
      series: [
        {
          name: "all, MiB",
          values: names("objects").map((name) => orNull(() => peakAboveIdle(results, "objects", name) / MIB)),
        },
        {
          name: "parts, MiB",
          values: medians("objects", ({ partMemory }) => partMemory && partMemory / MIB),
        },
      ],
      digits: 0,
    },
    "cost-by-object": bars("CPU seconds per GiB, by size of the object", "objects", CPU_PER_GIB, 2),
    streams: {
      title: "CPU seconds per GiB, by streams at once",
      kind: "bar",
      labels: ["1 stream", ...names("streams")],
      series: [
        {
          name: "CPU seconds per GiB",
          values: [
            orNull(() => results.median("throughput", "cos-upload-stream", CPU_PER_GIB)),
            ...medians("streams", CPU_PER_GIB),
          ],
        },
      ],
      digits: 2,
    },
    chunks: chunkChart(results),
    "event-loop": bars("Event-loop delay, 99th percentile, ms", "event loop", ({ delay99 }) => delay99, 1),
  };
}

function isOurs({ plan }: Outcome): boolean {
  return plan.client === "cos-upload-stream" || plan.subjects?.[0]?.includes("kernel") === true;
}

function chunkChart(results: Results): Chart {
  const sizes = ["64", "65536", "1048576"];
  return {
    title: "CPU seconds per GiB, by bytes in a chunk",
    kind: "bar",
    labels: sizes.map((size) => `${size} B`),
    series: ["cos-upload-stream", "lib-storage"].map((client) => ({
      name: client,
      values: sizes.map((size) =>
        orNull(() => results.median("chunks", `${client}, ${size} B chunks`, CPU_PER_GIB)),
      ),
    })),
    digits: 2,
  };
}

function orNull(value: () => number): number | null {
  try {
    return value();
  } catch {
    return null;
  }
}
