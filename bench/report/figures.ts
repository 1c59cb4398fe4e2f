import {
  CPU_PER_GIB,
  MAIN_CPU_PER_GIB,
  type Measure,
  MIB_PER_CPU_SECOND,
  MIB_PER_SECOND,
  MILLISECONDS,
  type Results,
} from "../suite/results.ts";
import { type Figure, type Finding, ratioFigure } from "./figure.ts";
import { peakAboveIdle } from "./tables.ts";

const MIB = 1024 * 1024;
const OURS = "cos-upload-stream";
const OFFICIAL = "official SDK, sliceUploadFile";

/** Memory that a stream may take beside its parts, in bytes. */
const BESIDE_PARTS = 30 * MIB;
/** In turns, each has had its first of three parts when half of all bytes are given. */
const LEAST_SHARE = 0.25;
const MANY_STREAMS_LIMIT = 200 * MIB;

/** Every number that this package is held to. */
export const FIGURES: readonly Figure[] = [
  ratioFigure(
    "CRC64 kernel / `crc64-ecma182.js`",
    { group: "kernels", cases: ["CRC64 kernel", "crc64-ecma182.js"], measure: MIB_PER_CPU_SECOND },
    ["at least", 7],
  ),
  ratioFigure(
    "MD5 of four lanes / `node:crypto` MD5, one core",
    { group: "kernels", cases: ["MD5 kernel, four lanes", "node:crypto MD5"], measure: MIB_PER_CPU_SECOND },
    ["at least", 2.5],
  ),
  ratioFigure(
    "throughput, unknown length, all verified / lib-storage",
    { group: "throughput", cases: [OURS, "lib-storage"], measure: MIB_PER_SECOND },
    ["at least", 2.5],
  ),
  ratioFigure(
    "throughput / official SDK `sliceUploadFile` of a cached file",
    { group: "throughput", cases: [OURS, OFFICIAL], measure: MIB_PER_SECOND },
    ["at least", 3],
  ),
  ratioFigure(
    "CPU seconds per GiB, all threads / lib-storage",
    { group: "throughput", cases: [OURS, "lib-storage"], measure: CPU_PER_GIB },
    ["at most", 0.55],
  ),
  ratioFigure(
    "throughput of a bundle made by esbuild / of the installed package",
    { group: "throughput", cases: ["cos-upload-stream, bundled", OURS], measure: MIB_PER_SECOND },
    ["at least", 0.95],
  ),
  ratioFigure(
    "throughput over TLS / lib-storage over TLS",
    { group: "tls", cases: [OURS, "lib-storage"], measure: MIB_PER_SECOND },
    ["at least", 2],
  ),
  ratioFigure(
    "throughput / bare undici sending ready, unhashed Buffers",
    { group: "throughput", cases: [OURS, "bare undici"], measure: MIB_PER_SECOND },
    ["at least", 0.28],
  ),
  ratioFigure(
    "main-thread CPU per GiB / bare undici's",
    { group: "throughput", cases: [OURS, "bare undici"], measure: MAIN_CPU_PER_GIB },
    ["at most", 1.3],
  ),
  {
    what: "CPU seconds per GiB / what cannot be avoided: copy + MD5 kernel + CRC64 kernel + bare undici",
    target: "≤ 1.2 ×",
    judge: (results) => besideTheUnavoidable(results),
  },
  ratioFigure(
    "throughput with `digest: { worker: false }` / lib-storage",
    { group: "throughput", cases: ["cos-upload-stream, no worker", "lib-storage"], measure: MIB_PER_SECOND },
    ["at least", 1.5],
  ),
  {
    what: "most memory of one stream, above idle and `memory` in use, the worst of all object sizes",
    target: "≤ 30 MiB",
    judge: (results) => memoryBesideParts(results),
  },
  {
    what: "256 streams through one client, `memory` 128 MiB: most memory above idle",
    target: "≤ 200 MiB",
    judge(results) {
      const above = peakAboveIdle(results, "streams", "256 streams");
      return { got: `${(above / MIB).toFixed(0)} MiB`, reached: above <= MANY_STREAMS_LIMIT };
    },
  },
  {
    what: "256 streams: what the least of them had given when half of all bytes were given",
    target: "≥ 25 % of its own",
    judge(results) {
      const least = results.median("streams", "256 streams", ({ leastAtHalf }) => leastAtHalf);
      const wait = results.median("streams", "256 streams", ({ longestWait }) => longestWait);
      return {
        got: `${(least * 100).toFixed(0)} %; none waited longer than ${wait.toFixed(1)} s`,
        reached: least >= LEAST_SHARE,
      };
    },
  },
  ratioFigure(
    "64 B writes / 64 KiB writes, CPU per GiB",
    { group: "writes", cases: ["64 B writes", "65536 B writes"], measure: CPU_PER_GIB },
    ["at most", 4],
  ),
  ratioFigure(
    "13-byte object with `singlePut` / official `putObject`, latency",
    {
      group: "latency",
      cases: ["cos-upload-stream, singlePut", "official SDK, putObject"],
      measure: MILLISECONDS,
    },
    ["at most", 1],
  ),
  ratioFigure(
    "import time / `@aws-sdk/lib-storage` and its client",
    { group: "imports", cases: ["cos-upload-stream", "lib-storage and client"], measure: MILLISECONDS },
    ["at most", 0.55],
  ),
  {
    what: "event-loop delay, 99th percentile, while uploading at full speed",
    target: "≤ 10 ms",
    judge(results) {
      const delay: Measure = ({ delay99 }) => delay99;
      const uploading = results.median("event loop", OURS, delay);
      const idle = results.median("event loop", "doing nothing", delay);
      return {
        got: `${uploading.toFixed(1)} ms (${idle.toFixed(1)} ms when idle)`,
        reached: uploading <= 10,
      };
    },
  },
];

function besideTheUnavoidable(results: Results): Finding {
  const ours = results.median("throughput", OURS, CPU_PER_GIB);
  const unavoidable =
    results.median("throughput", "bare undici", CPU_PER_GIB) +
    ["copy", "MD5 kernel, four lanes", "CRC64 kernel"]
      .map((name) => results.median("kernels", name, CPU_PER_GIB))
      .reduce((sum, value) => sum + value, 0);
  const ratio = ours / unavoidable;
  return {
    got: `${ratio.toFixed(2)} × (${ours.toFixed(2)} / ${unavoidable.toFixed(2)} s)`,
    reached: ratio <= 1.2,
  };
}

function memoryBesideParts(results: Results): Finding {
  const sizes = results.group("objects").filter(({ plan }) => plan.action === "upload");
  const beside = sizes.map(
    ({ name }) =>
      peakAboveIdle(results, "objects", name) -
      results.median("objects", name, ({ partMemory }) => partMemory),
  );
  if (beside.length === 0) throw new Error("objects were left out");
  const worst = Math.max(...beside);
  const all = sizes.map(({ name }, index) => `${name}: ${(beside[index]! / MIB).toFixed(0)}`);
  return { got: `${(worst / MIB).toFixed(0)} MiB (${all.join(", ")})`, reached: worst <= BESIDE_PARTS };
}
