import type { Output } from "../output.ts";
import type { Report } from "./report.ts";

/** Says nothing of an upload that succeeds: for cron, which sends a mail for each word. Failures, warnings and notes are said. */
export function createQuietReport(output: Output): Report {
  const say = (sentence: string): void => output.tell(sentence);
  return {
    initiate: () => {},
    part: () => {},
    progress: () => {},
    retry: () => {},
    warning: ({ message }) => say(message),
    note: say,
    result: () => {},
    error: ({ sentence }) => say(sentence),
  };
}
