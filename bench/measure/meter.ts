import { readFileSync } from "node:fs";
import type { Sample } from "./plan.ts";

/** Time and processor time of this process from its creation to `read()`. */
export class Meter {
  readonly #start = performance.now();
  readonly #cpu = process.cpuUsage();
  readonly #main = mainThreadSeconds();

  read(): Sample {
    const seconds = (performance.now() - this.#start) / 1000;
    const { user, system } = process.cpuUsage(this.#cpu);
    const main = mainThreadSeconds();
    const sample = { seconds, cpu: (user + system) / 1e6 };
    return main === undefined || this.#main === undefined
      ? sample
      : { ...sample, mainCpu: main - this.#main };
  }
}

/**
 * Most resident memory of this process, in bytes. Not `resourceUsage().maxRSS` where it can be helped: on Linux that begins
 * with what the parent had when it forked.
 */
export function peakMemory(): number {
  const peak = /^VmHWM:\s+(\d+) kB$/m.exec(readProc("/proc/self/status") ?? "")?.[1];
  return peak === undefined ? process.resourceUsage().maxRSS * 1024 : Number(peak) * 1024;
}

/** The thread whose id is that of the process is the one that runs this; its file begins with its nanoseconds on a processor. */
function mainThreadSeconds(): number | undefined {
  const text = readProc(`/proc/self/task/${process.pid}/schedstat`);
  return text === undefined ? undefined : Number(text.split(" ")[0]) / 1e9;
}

function readProc(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}
