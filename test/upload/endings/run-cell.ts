import assert from "node:assert/strict";
import { assertAsked } from "./assert-asked.ts";
import { assertNothingHeld, assertSettled, assertStored } from "./assert-ended.ts";
import { textOf } from "./requests.ts";
import { OLD, Stage, type Target } from "./stage.ts";
import type { Trial } from "./trial.ts";

/** Brings an upload to the moment, lets it happen, and holds what comes of it against the cell. */
export async function runCell(trial: Trial): Promise<void> {
  const { emulator, helper, key, way, variant, moment, happening, cell } = trial;
  await helper.putObject({ key, body: OLD });
  const begun = variant.begun ? await helper.initiateMultipartUpload({ key }) : undefined;
  const stage = new Stage(emulator, { key, way, variant, uploadId: begun?.uploadId });
  const held = heldIn(trial);
  for (const { target, at } of held) stage.hold(target, at);

  await moment.reach(stage, () => {
    assert.equal(textOf(stage.requests), moment.asked, "at the moment");
    if (moment.outOfReach) stage.cutOff();
    happening.happen(stage, moment);
    if (happening.own) assert.equal(stage.upload.destroyed, true, "destroyed at once");
  });
  if (cell.ends === "finish" || moment.waitedFor) stage.release();
  if (cell.ends === "finish" && !stage.ended) stage.finish();
  await stage.ending.closed;
  stage.release();

  await assertSettled(stage, trial);
  await assertAsked(stage, trial);
  const kept = held.filter(({ at }) => at === "answer").map(({ target }) => target.partNumber);
  await assertStored(stage, trial, kept);
  assertNothingHeld(stage, way);

  await stage.client?.close();
  for (const rule of emulator.faults.rules) if (rule.options.key === key) rule.remove();
  for (const { uploadId } of stage.left) await helper.abortMultipartUpload({ key, uploadId });
}

/** The requests that COS leaves unanswered; one that a fault of COS's is to hit is not carried out. */
function heldIn({
  moment,
  happening,
  variant,
}: Trial): readonly { target: Target; at: "request" | "answer" }[] {
  const { held = [], struck } = moment;
  return held.map(({ at, ...target }) => {
    const isStruck = happening.fault && target.partNumber === struck?.partNumber;
    const isUnread = variant.unread && target.partNumber !== undefined;
    return { target, at: isStruck || isUnread ? "request" : at };
  });
}
