import assert from "node:assert/strict";
import { CosUploadError } from "../../../lib/index.ts";
import { storedBytes } from "../../support/emulator.ts";
import { OLD, P, type Stage, type Way } from "./stage.ts";
import type { Trial } from "./trial.ts";
import { completes, leavesParts } from "./variants.ts";

const EVENTS = { finish: ["prefinish", "finish", "close"], error: ["error", "close"], close: ["close"] };

/** One settlement; `done`, `result`, callbacks and warnings agree with it, and an error says all that was found out. */
export async function assertSettled(stage: Stage, trial: Trial): Promise<void> {
  const { upload, ending, content } = stage;
  const { cell, way, variant } = trial;
  const [error] = ending.errors;
  const code = way === "pipeline" && cell.ends === "error" ? (cell.inPipeline ?? cell.code) : cell.code;
  assert.deepEqual([ending.events, error?.code], [EVENTS[cell.ends], code]);

  const done = await ending.done;
  const { result, errored } = upload;
  if (cell.ends === "finish") {
    assert.deepEqual([done, errored], ["resolved", null]);
    assert.deepEqual([result?.size, result?.completed], [content.length, completes(variant)]);
  } else {
    assert.equal(result, undefined);
    if (cell.ends === "error") assert.equal(done, error);
    else assert.equal((done as CosUploadError).code, "ERR_COS_DESTROYED");
  }

  const { warns = [], warnsLeaving = warns, outcomeLeaving = cell.outcome } = cell;
  const outcome = leavesParts(variant) ? outcomeLeaving : cell.outcome;
  if (done instanceof CosUploadError) {
    assert.deepEqual([done.outcome, done.uploadId], [outcome, upload.uploadId]);
  }
  const told = ending.warnings.map(({ code }) => code);
  assert.deepEqual(told, leavesParts(variant) ? warnsLeaving : warns);
  for (const warning of ending.warnings) {
    if (warning.code === "ERR_COS_OUTCOME") assert.equal(warning.outcome, outcome);
  }
  assertCalledBack(stage, trial);
}

/** Each callback once: without an error for what was taken, and from the first with an error on all with one. */
function assertCalledBack({ callbacks }: Stage, { cell }: Trial): void {
  for (const { what, calls } of callbacks) assert.equal(calls.length, 1, `the callback of ${what}`);
  const told = callbacks.map(({ what, calls: [error] }) => ({ what, code: error?.code }));
  const failed = cell.ends === "close" ? "ERR_STREAM_PREMATURE_CLOSE" : cell.code;
  for (const { code } of told.filter(({ what }) => what === "pipeline")) {
    assert.equal(code, cell.inPipeline ?? failed, "pipeline");
  }
  const own = told.filter(({ what }) => what !== "pipeline");
  if (cell.calledBack !== undefined) assert.equal(own.pop()?.code, cell.calledBack);
  const first = own.findIndex(({ what, code }) => what === "end" || code !== undefined);
  for (const [index, { what, code }] of own.entries()) {
    if (cell.ends === "finish" || index < first || first < 0) assert.equal(code, undefined, what);
    else assert.ok(code === cell.code || code === "ERR_STREAM_DESTROYED", `${what}: ${code}`);
  }
}

/**
 * The key has the whole new object, or its old one; and no upload is left but one that is to stay, with its parts.
 *
 * @param kept Parts that COS has, though it did not say so.
 */
export async function assertStored(
  { emulator, key, content, left, upload: { uploadId } }: Stage,
  { cell, moment, variant }: Trial,
  kept: readonly (number | undefined)[],
): Promise<void> {
  const finishes = cell.ends === "finish";
  const isNew = cell.stored ?? (finishes && completes(variant));
  const bytes = await storedBytes(emulator, key);
  assert.ok(bytes?.equals(isNew ? content : OLD), isNew ? "the new object" : "the old object");

  const stays = finishes ? !completes(variant) : cell.orphan === true || leavesParts(variant);
  const count = finishes ? Math.ceil(content.length / P) : moment.confirmed;
  const parts = [...Array.from({ length: count }, (_, index) => index + 1), ...(finishes ? [] : kept)];
  assert.deepEqual(left, stays && !isNew && uploadId !== undefined ? [{ uploadId, parts }] : []);
}

/** Memory, slots, the client and the source are let go of. */
export function assertNothingHeld({ upload, client, source }: Stage, way: Way): void {
  const { state, partsSending, partsWaiting, partsDigesting, memoryHeld, waitingForMemory } = upload.stats();
  assert.match(state, /^(done|cancelled)$/);
  const held = { partsSending, partsWaiting, partsDigesting, memoryHeld, waitingForMemory };
  assert.deepEqual(Object.values(held), [0, 0, 0, 0, false]);
  if (client !== undefined) {
    const { streams, memoryHeld: shared, streamsWaitingForMemory } = client.stats();
    assert.deepEqual([streams, shared, streamsWaitingForMemory], [0, 0, 0]);
  }
  if (source === undefined) return;
  if (way === "pipeline") assert.equal(source.destroyed, true);
  else {
    // Its own listener for its error is the one that stays.
    const counts = ["error", "close", "end", "data"].map((name) => source.listenerCount(name));
    assert.deepEqual(counts, [1, 0, 0, 0]);
  }
  source.destroy();
}
