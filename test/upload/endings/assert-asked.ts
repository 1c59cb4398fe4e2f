import assert from "node:assert/strict";
import { until } from "../../support/ending.ts";
import { joined, textOf, without } from "./requests.ts";
import { P, type Stage } from "./stage.ts";
import type { Trial } from "./trial.ts";
import { completes, leavesParts } from "./variants.ts";

/** What was asked of COS, in order, and that it is over. */
export async function assertAsked(stage: Stage, trial: Trial): Promise<void> {
  const { requests } = stage;
  const areOver = (): boolean =>
    requests.every(
      ({ statusCode, aborted, fault }) => statusCode !== undefined || aborted || fault === "reset",
    );
  await until(areOver, "every request is over");
  const { asks, asksLeaving } = trial.cell;
  const clears = leavesParts(trial.variant) ? asksLeaving : asks;
  const expected =
    asks === undefined
      ? wholeObject(stage.content.length, trial)
      : joined(trial.moment.asked, clears ?? without(asks, "Abort", "List"));
  assert.equal(textOf(stage.requests), expected);
}

/** What makes the whole object: each request once, but for the one that was hit. */
function wholeObject(size: number, { cell: { again = "" }, variant }: Trial): string {
  const { begun = false, options } = variant;
  if (completes(variant) && (size === 0 || (options.singlePut === true && size <= P))) {
    return joined("Put", again);
  }
  const parts = Math.ceil(size / P);
  const asked = [
    ...(begun ? [] : ["Initiate"]),
    ...(parts > 0 ? [`${parts} Part`] : []),
    ...(completes(variant) ? ["Complete"] : []),
  ];
  return joined(...asked.flatMap((run) => (again !== "" && run.endsWith(again) ? [run, again] : [run])));
}
