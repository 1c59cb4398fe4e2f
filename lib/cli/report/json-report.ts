import { failureFields } from "../describe-failure.ts";
import type { Output } from "../output.ts";
import type { Report } from "./report.ts";

/** One JSON object per line on standard output, `event` naming it. What failed is told on standard error as well. */
export function createJsonReport(output: Output): Report {
  const emit = (event: string, fields: object): void => output.json({ event, ...fields });
  return {
    initiate: (event) => emit("initiate", event),
    part: (receipt) => emit("part", receipt),
    // JSON has no undefined, and a field that comes and goes is a trap.
    progress: (progress) => emit("progress", { ...progress, total: progress.total ?? null }),
    retry: ({ error, ...retry }) => emit("retry", { ...retry, error: failureFields(error) }),
    warning: (warning) => emit("warning", failureFields(warning)),
    note: () => {},
    result: (result) => emit("result", result),
    error: ({ sentence, fields }) => {
      emit("error", fields);
      output.tell(sentence);
    },
  };
}
