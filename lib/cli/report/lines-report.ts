import { steadyTime } from "../../timers.ts";
import { describeFailure } from "../describe-failure.ts";
import type { Output } from "../output.ts";
import { formatBytes, formatRate } from "../sizes.ts";
import type { Report } from "./report.ts";
import { resultSentence, retrySentence } from "./sentences.ts";

/** Milliseconds between two lines of one kind: what ends up in a log must not drown it. */
const PROGRESS_INTERVAL = 5_000;
const RETRY_INTERVAL = 1_000;

/** Plain lines on standard error, and the result on standard output. */
export function createLinesReport(output: Output): Report {
  const begun = steadyTime();
  const tell = (sentence: string): void => output.tell(sentence);
  const progressDue = every(PROGRESS_INTERVAL, begun);
  const retryDue = every(RETRY_INTERVAL);
  return {
    initiate: ({ uploadId, resumed }) => tell(`${resumed ? "resumed" : "began"} upload ${uploadId}`),
    part: () => {},
    progress: ({ confirmed, received, total }) => {
      if (!progressDue()) return;
      const of = total === undefined ? `${formatBytes(received)} read` : formatBytes(total);
      const share = total ? `, ${Math.floor((confirmed * 100) / total)} %` : "";
      const rate = formatRate(confirmed, steadyTime() - begun);
      tell(`${formatBytes(confirmed)} of ${of} confirmed${share}, ${rate}`);
    },
    retry: (retry) => {
      if (retryDue()) tell(retrySentence(retry));
    },
    warning: (warning) => tell(`warning: ${describeFailure(warning)}`),
    note: tell,
    result: (result) => output.print(resultSentence(result, steadyTime() - begun)),
    error: ({ sentence }) => tell(sentence),
  };
}

/** True at most once per interval. */
function every(interval: number, since: number = Number.NEGATIVE_INFINITY): () => boolean {
  let last = since;
  return () => {
    const now = steadyTime();
    if (now - last < interval) return false;
    last = now;
    return true;
  };
}
