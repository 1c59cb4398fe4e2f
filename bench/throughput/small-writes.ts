/**
 * Question: what do tiny writes cost? 64 MiB written 64 bytes at a time, beside the same bytes 64 KiB at a time, both
 * through a whole upload to a server that discards them in another process.
 *
 * Method: the two in turn, five pairs after a warm-up; medians of the pairs. Wall time, processor time of this process, and
 * the most memory it held beyond what it had before.
 * Target: 64-byte writes within 4 times the time of 64 KiB writes.
 *
 *     npm run bench:small-writes
 */
import { once } from "node:events";
import { createUploadStream } from "../../lib/index.ts";
import { median } from "../support/statistics.ts";
import { startTarget, type Target } from "../support/target.ts";

const MIB = 1024 * 1024;
const SIZE = 64 * MIB;
const PAIRS = 5;

interface Run {
  readonly seconds: number;
  readonly cpu: number;
  readonly memory: number;
}

async function upload(target: Target, writeSize: number): Promise<Run> {
  const chunk = Buffer.alloc(writeSize, 7);
  const before = process.memoryUsage.rss();
  const cpuBefore = process.cpuUsage();
  const start = performance.now();
  let peak = before;
  const stream = createUploadStream({ ...target.options, key: "small-writes", expectedSize: SIZE });
  for (let sent = 0; sent < SIZE; sent += writeSize) {
    if (!stream.write(chunk)) await once(stream, "drain");
    if (sent % MIB === 0) peak = Math.max(peak, process.memoryUsage.rss());
  }
  stream.end();
  await stream.done;
  const { user, system } = process.cpuUsage(cpuBefore);
  return {
    seconds: (performance.now() - start) / 1000,
    cpu: (user + system) / 1e6,
    memory: (peak - before) / MIB,
  };
}

const target = await startTarget();
try {
  const ratios: { seconds: number; cpu: number }[] = [];
  for (let pair = 0; pair <= PAIRS; pair++) {
    const tiny = await upload(target, 64);
    const large = await upload(target, 64 * 1024);
    if (pair === 0) continue;
    ratios.push({ seconds: tiny.seconds / large.seconds, cpu: tiny.cpu / large.cpu });
    for (const [name, run] of Object.entries({ "64 B  ": tiny, "64 KiB": large })) {
      console.log(
        `${name}  ${run.seconds.toFixed(2)} s  ${run.cpu.toFixed(2)} CPU-s  +${run.memory.toFixed(0)} MiB`,
      );
    }
  }
  const seconds = median(ratios.map((ratio) => ratio.seconds));
  const cpu = median(ratios.map((ratio) => ratio.cpu));
  console.log(
    `64 B / 64 KiB, median of ${PAIRS} pairs: ${seconds.toFixed(2)} × the time, ${cpu.toFixed(2)} × the CPU`,
  );
} finally {
  target.close();
}
