import assert from "node:assert/strict";
import type { Readable } from "node:stream";
import type { Emulator } from "../../../lib/emulator/index.ts";
import { type CosClient, CosUploadError } from "../../../lib/index.ts";
import { storedBytes } from "../../support/emulator.ts";
import { until } from "../../support/ending.ts";
import type { Cell } from "./cells.ts";
import type { Happening } from "./happenings.ts";
import type { Moment } from "./moments.ts";
import { joined, textOf, without } from "./requests.ts";
import { type Callback, OLD, P, Stage, type Target, type Way } from "./stage.ts";
import { completes, leavesParts, type Variant } from "./variants.ts";

export interface Run {
  readonly emulator: Emulator;
  /** The test's own. */
  readonly helper: CosClient;
  readonly key: string;
  readonly way: Way;
  readonly variant: Variant;
  readonly moment: Moment;
  readonly happening: Happening;
  readonly cell: Cell;
}

/** Brings an upload to the moment, lets it happen, and holds what comes of it against the cell. */
export async function run(run: Run): Promise<void> {
  const { emulator, helper, key, way, variant, moment, happening, cell } = run;
  await helper.putObject({ key, body: OLD });
  const begun = variant.begun ? await helper.initiateMultipartUpload({ key }) : undefined;
  const stage = new Stage(emulator, key, way, variant, begun?.uploadId);
  for (const { target, at } of heldIn(run)) stage.hold(target, at);

  await moment.reach(stage, () => {
    assert.equal(textOf(stage.requests.map(({ operation }) => operation)), moment.asked, "at the moment");
    if (moment.outOfReach) stage.cutOff();
    happening.happen(stage, moment);
    if (happening.own) assert.equal(stage.upload.destroyed, true, "destroyed at once");
  });
  if (cell.ends === "finish" || moment.waitedFor) stage.release();
  if (cell.ends === "finish" && !stage.ended) stage.finish();
  await stage.ending.closed;
  stage.release();

  await assertSettled(stage, run);
  assertCalledBack(stage, run);
  await assertAsked(stage, run);
  await assertObject(stage, run);
  assertLeft(stage, run);
  assertNothingHeld(stage);
  if (stage.source !== undefined) assertLetGo(stage.source, way);
  await stage.client?.close();
  for (const rule of emulator.faults.rules) if (rule.options.key === key) rule.remove();
  for (const { uploadId } of stage.left) await helper.abortMultipartUpload({ key, uploadId });
}

function heldIn({ moment, happening, variant }: Run): { target: Target; at: "request" | "answer" }[] {
  const { held = [], struck } = moment;
  return held.map(({ at, ...target }) => {
    const isStruck = happening.fault && target.partNumber === struck?.partNumber;
    return { target, at: isStruck || (variant.unread && target.partNumber) ? "request" : at };
  });
}

/** One settlement, `done` agrees with it, and an error says all that was found out. */
async function assertSettled({ upload, ending }: Stage, { cell, way, variant }: Run): Promise<void> {
  const events = { finish: ["prefinish", "finish", "close"], error: ["error", "close"], close: ["close"] };
  const [error] = ending.errors;
  const code = way === "pipeline" && cell.code !== undefined ? (cell.inPipeline ?? cell.code) : cell.code;
  assert.deepEqual([ending.events, error?.code], [events[cell.ends], code]);
  const done = await ending.done;
  if (cell.ends === "finish") assert.deepEqual([done, upload.errored], ["resolved", null]);
  else if (cell.ends === "error") assert.equal(done, error);
  else assert.equal((done as CosUploadError).code, "ERR_COS_DESTROYED");
  const leaves = leavesParts(variant);
  const outcome = leaves ? (cell.outcomeLeaving ?? cell.outcome) : cell.outcome;
  if (done instanceof CosUploadError) {
    assert.deepEqual([done.outcome, done.uploadId], [outcome, upload.uploadId]);
  }
  const { warns = [], warnsLeaving = warns } = cell;
  const warned = ending.warnings.map(({ code }) => code);
  assert.deepEqual(warned, leaves ? warnsLeaving : warns);
  for (const warning of ending.warnings) {
    if (warning.code === "ERR_COS_OUTCOME") assert.equal(warning.outcome, outcome);
  }
}

/** Each callback once: those of what was taken without an error, and after the first with one, no other without. */
function assertCalledBack({ callbacks }: Stage, { cell }: Run): void {
  for (const { what, calls } of callbacks) assert.equal(calls.length, 1, `the callback of ${what}`);
  const codeOf = ({ calls: [error] }: Callback): string | undefined => error?.code;
  const ofPipeline = callbacks.filter(({ what }) => what === "pipeline").map(codeOf);
  const code = cell.ends === "close" ? "ERR_STREAM_PREMATURE_CLOSE" : cell.code;
  for (const told of ofPipeline) assert.equal(told, cell.inPipeline ?? code, "pipeline");
  const others = callbacks.filter(({ what }) => what !== "pipeline").map(codeOf);
  if (cell.calledBack !== undefined) assert.equal(others.pop(), cell.calledBack);
  const failed = others
    .slice(others.findIndex((told) => told !== undefined))
    .filter(() => cell.ends !== "finish");
  if (cell.ends === "finish")
    assert.deepEqual(new Set(others), new Set(others.length > 0 ? [undefined] : []));
  else if (others.some((told) => told !== undefined)) {
    for (const told of failed) assert.ok(told === cell.code || told === "ERR_STREAM_DESTROYED", told);
  }
}

/** What was asked of COS, in order, and that it is over. */
async function assertAsked(stage: Stage, { cell, moment, variant }: Run): Promise<void> {
  await until(
    () =>
      stage.requests.every(
        ({ statusCode, aborted, fault }) => statusCode !== undefined || aborted || fault === "reset",
      ),
    "every request is over",
  );
  const asked = textOf(stage.requests.map(({ operation }) => operation));
  assert.equal(asked, expectedRequests(stage.content.length, cell, moment, variant));
}

function expectedRequests(size: number, cell: Cell, { asked }: Moment, variant: Variant): string {
  const { asks, asksLeaving, again = "" } = cell;
  if (asks !== undefined) {
    return joined(asked, leavesParts(variant) ? (asksLeaving ?? without(asks, "Abort", "List")) : asks);
  }
  const { begun = false, options } = variant;
  if (completes(variant) && (size === 0 || (options.singlePut === true && size <= P)))
    return joined(again, "Put");
  const parts = Math.ceil(size / P);
  return joined(
    begun ? "" : "Initiate",
    again === "Initiate" ? again : "",
    parts > 0 ? `${parts} Part` : "",
    again === "Part" ? again : "",
    completes(variant) ? "Complete" : "",
    again === "Complete" ? again : "",
  );
}

/** The key has the whole new object, or its old one. */
async function assertObject(
  { emulator, upload, key, content }: Stage,
  { cell, variant }: Run,
): Promise<void> {
  const isNew = cell.stored ?? (cell.ends === "finish" && completes(variant));
  const bytes = await storedBytes(emulator, key);
  assert.ok(bytes?.equals(isNew ? content : OLD), isNew ? "the new object" : "the old object");
  if (cell.ends !== "finish") assert.equal(upload.result, undefined);
  else
    assert.deepEqual([upload.result?.size, upload.result?.completed], [content.length, completes(variant)]);
}

/** No upload is left, unless it is to stay; then it has its parts. */
function assertLeft(stage: Stage, run: Run): void {
  const { cell, moment, variant } = run;
  const { uploadId } = stage.upload;
  const stays = cell.ends === "finish" ? !completes(variant) : cell.orphan === true || leavesParts(variant);
  if (!stays || uploadId === undefined || cell.stored) {
    assert.deepEqual(stage.left, []);
    return;
  }
  const count = cell.ends === "finish" ? Math.ceil(stage.content.length / P) : moment.confirmed;
  const parts = Array.from({ length: count }, (_, index) => index + 1);
  const { concurrency = Number.POSITIVE_INFINITY } = variant.options;
  const done = heldIn(run)
    .slice(0, concurrency)
    .filter(({ at }) => at === "answer");
  if (cell.ends !== "finish") parts.push(...done.map(({ target }) => target.partNumber!));
  assert.deepEqual(stage.left, [{ uploadId, parts }]);
}

/** Memory, slots and the client have let go of everything. */
function assertNothingHeld({ upload, client }: Stage): void {
  const { state, partsSending, partsWaiting, partsDigesting, memoryHeld, waitingForMemory } = upload.stats();
  assert.match(state, /^(done|cancelled)$/);
  assert.deepEqual(
    [partsSending, partsWaiting, partsDigesting, memoryHeld, waitingForMemory],
    [0, 0, 0, 0, false],
  );
  if (client === undefined) return;
  const { streams, memoryHeld: shared, streamsWaitingForMemory } = client.stats();
  assert.deepEqual([streams, shared, streamsWaitingForMemory], [0, 0, 0]);
}

/** A source under `pipe` keeps no listener but its own; `pipeline` has destroyed it. */
function assertLetGo(source: Readable, way: Way): void {
  if (way === "pipeline") assert.equal(source.destroyed, true);
  else {
    const counts = ["error", "close", "end", "data"].map((name) => source.listenerCount(name));
    assert.deepEqual(counts, [1, 0, 0, 0]);
  }
  source.destroy();
}
