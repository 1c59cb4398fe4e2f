import { isFromCos } from "../cos/answers/marks.ts";
import { bareEtag, hexOf } from "../cos/answers/verify.ts";
import { CosServiceError, CosUploadError, type Outcome } from "../errors.ts";
import { CosInternalError, CosNetworkError } from "../http/network-error.ts";
import { attemptError } from "../retry/policy.ts";

/**
 * What proves that an object, an upload or a part is ours: every answer and its meaning, as data. Commit, clean-up and resume read it;
 * ARCHITECTURE.md explains it.
 */

/** What an error says about the request that failed: whether COS may have carried it out. */
export type Meaning = "not carried out" | "in doubt";

/** The first row that matches decides. Every other error, such as a lost or damaged answer, means "in doubt". */
const MEANINGS: readonly {
  readonly of: (error: unknown) => boolean;
  readonly meaning: Meaning;
}[] = [
  // There was no connection, or not all of the request was sent.
  { of: isUnsent, meaning: "not carried out" },
  // A proxy or a captive portal answered: before COS got the request, or after COS carried it out.
  { of: (error) => error instanceof CosServiceError && !isFromCos(error), meaning: "in doubt" },
  // COS redirects or refuses.
  { of: (error) => isStatus(error, 300, 499), meaning: "not carried out" },
  // COS is too busy to begin.
  { of: (error) => isStatus(error, 503, 503), meaning: "not carried out" },
];

/** What an error says about a request that was fully sent. */
export function meaningOf(failure: unknown): Meaning {
  const error = attemptError(failure);
  return MEANINGS.find(({ of }) => of(error))?.meaning ?? "in doubt";
}

/** Whether COS says that there is no such upload: it was completed or aborted, or never begun. */
export function isNoSuchUpload(error: unknown): error is CosServiceError {
  if (!(error instanceof CosServiceError)) return false;
  // Ceph's RADOS Gateway answers ListParts with NoSuchKey: there the upload is the key.
  return error.code === "NoSuchUpload" || (error.code === "NoSuchKey" && error.operation === "ListParts");
}

/**
 * Whether a listed part is the part that was just read: the size is the same, and so is the CRC64 or, if the listing has none, the
 * MD5. A listing does not say how parts are encrypted, but an ETag that equals the MD5 is the MD5.
 */
export function isSamePart(
  part: { readonly size: number; readonly crc64: string; readonly md5: string },
  listed: { readonly size: number; readonly crc64?: string | undefined; readonly etag: string },
): boolean {
  if (listed.size !== part.size) return false;
  return listed.crc64 === undefined ? bareEtag(listed.etag) === hexOf(part.md5) : listed.crc64 === part.crc64;
}

function isUnsent(error: unknown): boolean {
  if (error instanceof CosNetworkError || error instanceof CosInternalError) return error.unsent;
  return error instanceof CosUploadError && error.code === "ERR_COS_NOT_PERMITTED";
}

function isStatus(error: unknown, least: number, most: number): boolean {
  return error instanceof CosServiceError && error.statusCode >= least && error.statusCode <= most;
}

/** What is known about a commit. */
export interface Evidence {
  /** Whether any attempt may have been carried out. */
  readonly attempts: Meaning;
  /**
   * The multipart upload. `gone`: it was over before we aborted it. `aborted`: COS accepted our Abort. `ended`: it is over, and the
   * answer to our Abort was lost. `none`: the object is sent as one Put Object.
   */
  readonly upload: "none" | "there" | "gone" | "aborted" | "ended" | "unknown";
  /** The object that the key has now. */
  readonly object: FoundObject;
}

/** An object as COS shows it, compared with the one that should be there. */
export interface FoundObject {
  /**
   * `ours`: it has a version id that COS gave to one of our attempts. `equal`: it has our bytes, and no attribute that differs.
   * `other`: it was made by somebody else. `unknown`: COS could not be asked.
   */
  readonly is: "ours" | "equal" | "other" | "absent" | "unknown";
  /** How its time compares with that of our first attempt. */
  readonly age: Age;
  /** Whether it shows all attributes that were asked for, and no others. */
  readonly isAsAsked: boolean;
}

/**
 * The time of an object, compared with our first attempt by the clock of COS, in whole seconds. `same second`: it may be before or
 * after. `as the upload`: it is the time of our Initiate, which some servers use for the object.
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

/** The first row that matches decides. If none does, the outcome is unknown. */
const ROWS: readonly Row[] = [
  { when: { attempts: "not carried out" }, outcome: "not-completed" },
  // COS gives each version id once.
  { when: { object: ["ours"] }, outcome: "completed" },
  // The upload is over because COS made the object, or because somebody aborted it. The object was not there before our attempt.
  {
    when: { upload: ["gone"], object: ["equal"], age: ["as the upload", "same second", "newer"] },
    outcome: "completed",
  },
  // COS may accept an Abort while it carries out a Complete that was interrupted.
  { when: { upload: ["aborted", "ended"], object: ["equal"], age: ["newer"] }, outcome: "completed" },
  { when: { upload: ["aborted"], object: ["absent"] }, outcome: "not-completed" },
  { when: { upload: ["aborted"], object: ["equal"], age: ["older"] }, outcome: "not-completed" },
  // A newer object may have replaced ours.
  {
    when: { upload: ["aborted"], object: ["other"], age: ["older", "as the upload", "same second"] },
    outcome: "not-completed",
  },
  { when: { upload: ["none"], object: ["equal"], age: ["newer"] }, outcome: "completed" },
  // It cannot be told from ours: bytes, attributes and time are what our attempt makes.
  {
    when: { upload: ["none"], object: ["equal"], age: ["same second"], isAsAsked: true },
    outcome: "completed",
  },
];

/** What became of the object. */
export function outcomeOf({ attempts, upload, object }: Evidence): Outcome {
  const matches = ({ when }: Row): boolean =>
    (when.attempts === undefined || when.attempts === attempts) &&
    (when.upload === undefined || when.upload.includes(upload)) &&
    (when.object === undefined || when.object.includes(object.is)) &&
    (when.age === undefined || when.age.includes(object.age)) &&
    (when.isAsAsked === undefined || when.isAsAsked === object.isAsAsked);
  return ROWS.find(matches)?.outcome ?? "unknown";
}
