import cliProgress from "cli-progress";
import { formatBytes } from "../../lib/cli/sizes.ts";

/** Milliseconds between two lines where there is no terminal. */
const INTERVAL = 3_000;

export interface ShownProgress {
  update(bytes: number): void;
  /** Prints a line above the bar. */
  log(line: string): void;
  stop(): void;
}

/** A bar on a terminal, a line now and then elsewhere. */
export function showProgress(what: string, total: number): ShownProgress {
  return process.stdout.isTTY ? showBar(what, total) : showLines(what, total);
}

function showBar(what: string, total: number): ShownProgress {
  const bars = new cliProgress.MultiBar({
    stream: process.stdout,
    format: `${what} {bar} {percentage} %  {value} of {total}`,
    formatValue: (value, _options, type) =>
      type === "value" || type === "total" ? formatBytes(value) : String(value),
    clearOnComplete: true,
    forceRedraw: true,
    // This program ends by itself at a signal.
    gracefulExit: false,
  });
  const bar = bars.create(total, 0);
  return {
    update: (bytes) => bar.update(bytes),
    log: (line) => bars.log(`${line}\n`),
    stop: () => {
      // Writes what was logged since the last redraw.
      bars.update();
      bars.stop();
    },
  };
}

function showLines(what: string, total: number): ShownProgress {
  let last = performance.now();
  return {
    update: (bytes) => {
      if (performance.now() - last < INTERVAL) return;
      last = performance.now();
      console.log(`${what}: ${formatBytes(bytes)} of ${formatBytes(total)}`);
    },
    log: (line) => console.log(line),
    stop: () => {},
  };
}
