import type { Emulator } from "../../lib/emulator/index.ts";
import { type CosClient, CosUploadError, type Outcome } from "../../lib/index.ts";
import { assertHidden } from "../support/canaries.ts";
import { digestOf, storedDigest } from "../support/stored.ts";
import { flawsOfRequests } from "./judge-requests.ts";
import type { Performed } from "./perform-upload.ts";
import { mayLackKeys, type SigningPlan } from "./signing.ts";
import { isRefused, isTruncated, isUnexpected, REFUSED } from "./upload-options.ts";
import type { UploadPlan } from "./upload-plan.ts";

/** What became of one upload, and every promise that it broke. */
export interface Verdict {
  /** `finished`, or the code of the error. */
  readonly ended: string;
  readonly outcome: Outcome | undefined;
  readonly retries: number;
  readonly bytes: number;
  /** Unfinished uploads that a warning or an option announced. */
  readonly announced: number;
  readonly broken: readonly Breach[];
}

export interface Breach {
  readonly kind:
    | "orphan"
    | "lost bytes"
    | "truncated object"
    | "secret"
    | "integrity"
    | "ending"
    | "late or held"
    | "process";
  readonly what: string;
  /** Bytes, for those that are lost. */
  readonly bytes?: number;
}

type Held = "new" | "older" | "nothing" | "something else";

/** What the judge knows of the run. */
export interface JudgeOptions {
  readonly secrets: readonly string[];
  readonly signing: SigningPlan;
  /** Milliseconds that the server's clock is ahead. */
  readonly clockOffset: number;
}

/** Compares what the stream said with what the server has, once nothing is on its way any more. */
export async function judge(
  emulator: Emulator,
  direct: CosClient,
  performed: Performed,
  options: JudgeOptions,
): Promise<Verdict> {
  const { key, bytes, ending, upload, plan } = performed;
  const broken: Breach[] = performed.flaws.map((what) => ({ kind: "late or held", what }));
  const breach = (kind: Breach["kind"], what: string, lost?: number): void =>
    void broken.push({ kind, what, ...(lost !== undefined && { bytes: lost }) });
  for (const said of performed.said) {
    try {
      assertHidden(said, options.secrets);
    } catch (error) {
      breach("secret", (error as Error).message.slice(0, 300));
    }
  }
  const settled = await ending?.done;
  const error = settled === "resolved" ? undefined : settled;
  const finished = settled === "resolved";
  checkEvents(performed, finished, error, breach);
  checkKeys(emulator, performed, options, breach);
  const outcome = finished ? undefined : outcomeOf(performed, error);
  const announced = checkUploads(emulator, performed, finished, breach);

  for (const what of flawsOfRequests(emulator, performed)) breach("integrity", what);
  if (finished && !plan.options.complete) await completeForIt(emulator, direct, performed, breach);
  const held = await heldBy(emulator, performed);
  // Nothing is made of a stream without parts that somebody else is to complete.
  const isMade = finished && (plan.options.complete || plan.size > 0);
  const mustBeNew = isMade || outcome === "completed";
  const mayBeNew = !isNeverMade(plan) && (mustBeNew || outcome === "unknown");
  if (held === "something else") {
    const size = emulator.object(key)?.size;
    breach("truncated object", `the key holds ${size} bytes that are neither the new nor the older object`);
  }
  if (mustBeNew && held !== "new") {
    breach("lost bytes", `${finished ? "finished" : "completed"}, but the key holds ${held}`, bytes.length);
  }
  if (!mayBeNew && held === "new" && !isSame(performed)) {
    breach("ending", `failed with outcome ${outcome}, but the object was made`);
  }
  if (!mayBeNew && held === "nothing" && performed.older)
    breach("lost bytes", "the older object is gone", performed.older.length);
  if (finished && isUnexpected(plan)) breach("ending", "finished, though it is not the expected stream");
  if (held === "new" && mustBeNew) checkAttributes(emulator, performed, breach);
  return {
    ended: finished ? "finished" : upload === undefined ? "refused" : (codeOf(error) ?? "no code"),
    outcome,
    retries: performed.retries.length,
    bytes: finished ? bytes.length : 0,
    announced,
    broken,
  };
}

type Breaching = (kind: Breach["kind"], what: string, lost?: number) => void;

function checkEvents(
  { ending, upload, given, plan, bytes }: Performed,
  finished: boolean,
  error: Error | undefined,
  breach: Breaching,
): void {
  if (ending === undefined || upload === undefined) return;
  const events = ending.events.join(" ");
  if (finished) {
    if (events !== "prefinish finish close") breach("ending", `finished with ${events}`);
    const { result } = upload;
    const sizes = upload.parts.reduce((sum, { size }) => sum + size, 0);
    if (result?.size !== bytes.length || sizes !== bytes.length)
      breach("ending", "the result has another size");
    if (result?.completed !== plan.options.complete) breach("ending", `completed is ${result?.completed}`);
    return;
  }
  if (!/^(prefinish )?(error )?close$/.test(events)) breach("ending", `failed with ${events}`);
  if (upload.result !== undefined) breach("ending", "failed with a result");
  const isTheirs = error === given || (isRefused(plan) && error === REFUSED);
  if (!isTheirs && !(error instanceof CosUploadError)) breach("ending", `an untyped error: ${error?.stack}`);
  if (ending.errors.length > 0 && ending.errors[0] !== error) breach("ending", "done and error differ");
}

/** Keys that are renewed end no upload, and a provider that hangs none that has keys. */
function checkKeys(
  emulator: Emulator,
  { key, ending }: Performed,
  { signing, clockOffset }: JudgeOptions,
  breach: Breaching,
): void {
  const code = codeOf(ending?.errors[0]);
  const hit = (fault: string) => emulator.requests.filter((one) => one.key === key && one.fault === fault);
  const refusals = hit("expired-token").length;
  const areGood =
    refusals === 0 && clockOffset === 0 && !emulator.requests.some((one) => one.fault === "clock-skew");
  if (code === "ERR_COS_CREDENTIALS" && !mayLackKeys(signing, areGood))
    breach("ending", `no keys with a ${signing}`);
  if (code === "ExpiredToken" && signing === "provider that renews in place" && refusals === 1)
    breach("ending", "the keys that were renewed in place were not used");
}

/** Whatever its outcome is said to be, no request asks for an object of a stream that was refused. */
function isNeverMade(plan: UploadPlan): boolean {
  return isRefused(plan) || isTruncated(plan);
}

/** Errors of others stay as they are: of those, a warning tells the outcome. */
function outcomeOf({ ending }: Performed, error: Error | undefined): Outcome | undefined {
  const told = ending?.warnings.find(({ code }) => code === "ERR_COS_OUTCOME");
  return (error instanceof CosUploadError ? error.outcome : undefined) ?? told?.outcome;
}

/** An unfinished upload may be left only where it was said: by an option, or by a warning. */
function checkUploads(
  emulator: Emulator,
  performed: Performed,
  finished: boolean,
  breach: Breaching,
): number {
  const { plan, key, begunId, upload, ending } = performed;
  const left = emulator.uploads().filter((other) => other.key === key);
  const keeps =
    (finished && !plan.options.complete) ||
    (!finished && (upload === undefined || (plan.options.leavePartsOnError ?? begunId !== undefined)));
  const told = (ending?.warnings ?? []).filter(({ code }) => code === "ERR_COS_CLEAN_UP");
  for (const { uploadId } of left) {
    const isOurs = uploadId === (upload?.uploadId ?? begunId);
    // An id that was damaged on the way can only be told once COS denied it.
    if (keeps && (isOurs || codeOf(ending?.errors[0]) !== "NoSuchUpload")) continue;
    // Before a part was confirmed, the id of the warning can be damaged as well; it says to list the uploads of the key.
    const isUnsure = upload?.parts.length === 0;
    if (told.some((warning) => isUnsure || [undefined, uploadId].includes(warning.uploadId))) continue;
    breach(
      "orphan",
      `upload ${uploadId} is left, and nobody was told${isOurs ? "" : "; it has an unknown id"}`,
    );
  }
  if (
    finished &&
    !plan.options.complete &&
    plan.size > 0 &&
    !left.some((u) => u.uploadId === upload?.uploadId)
  ) {
    breach("lost bytes", "the parts of an upload that somebody else completes are gone", plan.size);
  }
  return left.length;
}

/** Completes what the stream uploaded, as the one would whose upload it is. */
async function completeForIt(
  emulator: Emulator,
  direct: CosClient,
  { upload, key, plan }: Performed,
  breach: Breaching,
): Promise<void> {
  const { uploadId, parts } = upload!.result!;
  if (uploadId === undefined || parts.length === 0) return;
  // Where an ETag is no digest, nothing shows that it was damaged on the way; a listing has it as it is.
  const isOpaque =
    ["SSE-KMS", "SSE-C"].includes(plan.options.encryption) ||
    emulator.requests.some((request) => request.key === key && request.fault === "wrong-etag");
  const listed: { partNumber: number; etag: string }[] = [];
  if (isOpaque) for await (const part of direct.listParts({ key, uploadId })) listed.push(part);
  try {
    await direct.completeMultipartUpload({ key, uploadId, parts: isOpaque ? listed : parts });
  } catch (error) {
    breach("lost bytes", `the confirmed parts cannot be completed: ${String(error)}`, plan.size);
  }
}

async function heldBy(emulator: Emulator, { key, bytes, older }: Performed): Promise<Held> {
  const digest = await storedDigest(emulator, key);
  if (digest === digestOf(bytes)) return "new";
  if (digest === undefined) return "nothing";
  return older !== undefined && digest === digestOf(older) ? "older" : "something else";
}

/** The older object cannot be told from the new one. */
function isSame({ bytes, older }: Performed): boolean {
  return older !== undefined && bytes.equals(older);
}

/** What was said of the object on the way must be as it was said. */
function checkAttributes(
  emulator: Emulator,
  { key, plan, begunId, upload }: Performed,
  breach: Breaching,
): void {
  if (begunId !== undefined) return;
  const object = emulator.object(key);
  const headers = object?.headers ?? {};
  const seed = headers["x-cos-meta-seed"];
  if (seed !== undefined && seed !== String(plan.contentSeed)) breach("ending", `the metadata is ${seed}`);
  const crc64 = upload?.result?.crc64;
  if (crc64 !== undefined && object !== undefined && plan.size > 0 && object.crc64 !== crc64) {
    breach("ending", "the result has another CRC64");
  }
}

function codeOf(error: Error | undefined): string | undefined {
  const { code } = Object(error) as { code?: unknown };
  return typeof code === "string" ? code : undefined;
}
