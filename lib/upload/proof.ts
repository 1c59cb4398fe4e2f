import { isFromCos } from "../cos/answers/marks.ts";
import { CosServiceError, CosUploadError, type Outcome } from "../errors.ts";
import { CosInternalError, CosNetworkError } from "../http/network-error.ts";
import { attemptError } from "../retry/policy.ts";

/**
 * What proves that an object is ours: every answer and its meaning, as data. Commit, clean-up and resume read it.
 *
 * A request that makes something is *in doubt* while COS may have carried it out without saying so. Then the object that the key
 * has is looked at. An equal one proves nothing by itself: it may have been there before.
 */

/** What an error says about the request that failed. */
export type Meaning = "not carried out" | "in doubt";

/** The first that fits holds; every other error leaves the request in doubt: an answer that was lost, cut, late or damaged. */
const MEANINGS: readonly {
  readonly of: (error: unknown) => boolean;
  readonly meaning: Meaning;
}[] = [
  // There was no connection to send it on, or not all of it was sent.
  { of: isUnsent, meaning: "not carried out" },
  // A proxy answered, or a captive portal: before COS had the request, or after.
  { of: (error) => error instanceof CosServiceError && !isFromCos(error), meaning: "in doubt" },
  // COS redirects, or refuses.
  { of: (error) => isStatus(error, 300, 499), meaning: "not carried out" },
  // COS is too busy to begin.
  { of: (error) => isStatus(error, 503, 503), meaning: "not carried out" },
];

/** What an error says about the request that failed, when all of the request had been sent. */
export function meaningOf(failure: unknown): Meaning {
  const error = attemptError(failure);
  return MEANINGS.find(({ of }) => of(error))?.meaning ?? "in doubt";
}

/** Whether COS says that it has no such upload: it was completed or aborted, or never begun. */
export function isNoSuchUpload(error: unknown): error is CosServiceError {
  if (!(error instanceof CosServiceError)) return false;
  // Ceph's RADOS Gateway answers List Parts so: there the upload is the key.
  return error.code === "NoSuchUpload" || (error.code === "NoSuchKey" && error.operation === "ListParts");
}

function isUnsent(error: unknown): boolean {
  if (error instanceof CosNetworkError || error instanceof CosInternalError) return error.unsent;
  return error instanceof CosUploadError && error.code === "ERR_COS_NOT_PERMITTED";
}

function isStatus(error: unknown, least: number, most: number): boolean {
  return error instanceof CosServiceError && error.statusCode >= least && error.statusCode <= most;
}

/** What is known when the outcome of a commit is asked for. */
export interface Evidence {
  /** Whether any attempt may have been carried out. */
  readonly attempts: Meaning;
  /**
   * The multipart upload: `gone` when it was over before we aborted it, `aborted` when COS granted our Abort, `ended` when it is over
   * and the answer to our Abort was lost. `none` when the object is sent as one Put Object.
   */
  readonly upload: "none" | "there" | "gone" | "aborted" | "ended" | "unknown";
  /** The object that the key has now. */
  readonly object: FoundObject;
}

/** An object as COS shows it, compared with the one that should be there. */
export interface FoundObject {
  /**
   * `ours`: it has a version id that COS gave to one of our attempts. `equal`: its bytes are ours, and nothing shows that it is
   * somebody else's. `other`: it is somebody else's. `unknown`: COS could not be asked.
   */
  readonly is: "ours" | "equal" | "other" | "absent" | "unknown";
  /** How its time compares with that of our first attempt. */
  readonly age: Age;
  /** Whether it shows all attributes that were asked for, and no others. */
  readonly isAsAsked: boolean;
}

/**
 * By COS's clock, whose times are whole seconds. `same second`: nothing shows which was first. `as the upload`: it has the time at
 * which our multipart upload was begun, as in servers that date an object so.
 */
export type Age = "older" | "as the upload" | "same second" | "newer" | "unknown";

interface Row {
  readonly when: {
    readonly attempts?: Meaning;
    readonly upload?: readonly Evidence["upload"][];
    readonly object?: readonly FoundObject["is"][];
    readonly age?: readonly Age[];
    readonly isAsAsked?: boolean;
  };
  readonly outcome: Outcome;
}

/** The first row that fits holds; where none does, nobody can know. */
const ROWS: readonly Row[] = [
  { when: { attempts: "not carried out" }, outcome: "not-completed" },
  // A version id is given once.
  { when: { object: ["ours"] }, outcome: "completed" },
  // COS ends an upload by making its object. Whoever else may have ended it did not make this object before our first attempt.
  {
    when: { upload: ["gone"], object: ["equal"], age: ["as the upload", "same second", "newer"] },
    outcome: "completed",
  },
  // COS may grant an Abort while it carries out a Complete that was cut off.
  { when: { upload: ["aborted", "ended"], object: ["equal"], age: ["newer"] }, outcome: "completed" },
  { when: { upload: ["aborted"], object: ["absent"] }, outcome: "not-completed" },
  { when: { upload: ["aborted"], object: ["equal"], age: ["older"] }, outcome: "not-completed" },
  // A newer one may have replaced ours.
  {
    when: { upload: ["aborted"], object: ["other"], age: ["older", "as the upload", "same second"] },
    outcome: "not-completed",
  },
  { when: { upload: ["none"], object: ["equal"], age: ["newer"] }, outcome: "completed" },
  // It cannot be told from ours: the bytes, all attributes and the time are what our attempt gives.
  {
    when: { upload: ["none"], object: ["equal"], age: ["same second"], isAsAsked: true },
    outcome: "completed",
  },
];

/** What became of the object. */
export function outcomeOf({ attempts, upload, object }: Evidence): Outcome {
  const fits = ({ when }: Row): boolean =>
    (when.attempts === undefined || when.attempts === attempts) &&
    (when.upload === undefined || when.upload.includes(upload)) &&
    (when.object === undefined || when.object.includes(object.is)) &&
    (when.age === undefined || when.age.includes(object.age)) &&
    (when.isAsAsked === undefined || when.isAsAsked === object.isAsAsked);
  return ROWS.find(fits)?.outcome ?? "unknown";
}
