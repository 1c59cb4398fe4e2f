import cliProgress, { type GenericFormatter } from "cli-progress";
import type { Progress } from "../../events.ts";
import { steadyTime } from "../../timers.ts";
import { describeFailure } from "../describe-failure.ts";
import type { Output } from "../output.ts";
import { formatBytes, formatDuration, formatRate } from "../sizes.ts";
import type { Report } from "./report.ts";
import { resultSentence, retrySentence } from "./sentences.ts";

const NOTHING_YET: Progress = { received: 0, sent: 0, confirmed: 0, total: undefined };

/** A bar on the terminal that standard error is; notes and retries scroll by above it. */
export function createBarReport(output: Output): Report {
  const begun = steadyTime();
  // The bar for several bars, as it is the one that can print above itself.
  const bars = new cliProgress.MultiBar({
    stream: process.stderr,
    format: barFormat(begun),
    barCompleteChar: "█",
    barIncompleteChar: "░",
    barsize: 30,
    clearOnComplete: true,
    forceRedraw: true,
    hideCursor: true,
    emptyOnZero: true,
    gracefulExit: false,
  });
  const bar = bars.create(0, 0, NOTHING_YET);
  let stopped = false;
  const stop = (): void => {
    if (stopped) return;
    stopped = true;
    // What was logged since the last redraw is written by an update only.
    bars.update();
    bars.stop();
    process.off("exit", stop);
  };
  // An exit at once leaves the cursor hidden otherwise.
  process.on("exit", stop);
  const log = (sentence: string): void => {
    if (stopped) output.tell(sentence);
    else bars.log(`cos-upload: ${sentence}\n`);
  };
  return {
    initiate: ({ uploadId, resumed }) => {
      if (resumed) log(`resumed upload ${uploadId}`);
    },
    part: () => {},
    progress: (progress) => {
      bar.setTotal(progress.total ?? 0);
      bar.update(progress.sent, progress);
    },
    retry: (retry) => log(retrySentence(retry)),
    warning: (warning) => log(`warning: ${describeFailure(warning)}`),
    note: log,
    result: (result) => {
      stop();
      output.print(resultSentence(result, steadyTime() - begun));
    },
    error: ({ sentence }) => {
      stop();
      output.tell(sentence);
    },
  };
}

function barFormat(begun: number): GenericFormatter {
  return (options, { progress }, { received, sent, confirmed, total }: Progress) => {
    const elapsed = steadyTime() - begun;
    const rate = formatRate(sent, elapsed);
    if (total === undefined)
      return `${formatBytes(received)} read, ${formatBytes(confirmed)} confirmed  ${rate}`;
    const bar = cliProgress.Format.BarFormat(progress, options);
    const left =
      sent > 0 && sent < total ? `  ${formatDuration((elapsed * (total - sent)) / sent)} left` : "";
    const percentage = `${Math.floor(progress * 100)} %`.padStart(5);
    return `${bar} ${percentage}  ${formatBytes(sent)} of ${formatBytes(total)}  ${rate}${left}`;
  };
}
