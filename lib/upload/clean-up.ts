import type { CallContext } from "../cos/execute.ts";
import { abortMultipartUpload } from "../cos/operations/abort-multipart-upload.ts";
import type { CosUploadError, Outcome } from "../errors.ts";
import type { ResolvedUpload } from "../options/upload-options.ts";
import { attemptError } from "../retry/policy.ts";
import { AttemptLog } from "./attempt-log.ts";
import type { CommitResult } from "./commit.ts";
import { resolveOutcome, stateOfUpload } from "./object-lookup.ts";
import { isNoSuchUpload } from "./proof.ts";
import { leftBehind, unknownUpload } from "./upload-errors.ts";

/** Parts that were cut off can still arrive behind an Abort; they are gone after one of these rounds. */
const ROUNDS = 3;

/** What a cancelled upload leaves, its requests ended. */
export interface Remains {
  /** Undefined when no multipart upload was begun. */
  readonly uploadId: string | undefined;
  /** Whether COS has shown that it knows an upload of this id: it confirmed a part of it, or whoever gave it said so. */
  readonly isKnown: boolean;
  /** What COS said when it did not know it; undefined when it is known, or nothing was asked yet. */
  readonly denial: unknown;
  /** Whether requests for parts were cut off: COS may store such a part after the Abort, which then has to be repeated. */
  readonly partsWereCut: boolean;
  /** Undefined when the stream was ended before it. */
  readonly commit: CommitResult | undefined;
}

/**
 * Aborts the upload, unless its parts are to stay, and finds out what became of the object. Never rejects: what may be left is
 * reported by a warning.
 *
 * @returns The outcome of the commit, where there was one.
 */
export async function cleanUp(
  upload: ResolvedUpload,
  remains: Remains,
  context: CallContext,
  warn: (warning: CosUploadError) => void,
): Promise<Outcome | undefined> {
  const { uploadId, commit, denial } = remains;
  const { connection, key, leavePartsOnError } = upload;
  const toAbort = leavePartsOnError ? undefined : uploadId;
  const aborted =
    toAbort === undefined ? undefined : await abort(upload, { ...remains, uploadId: toAbort }, context, warn);
  if (leavePartsOnError && denial !== undefined) warn(unknownUpload(denial));
  if (commit?.outcome !== "unknown") return commit?.outcome;
  const state =
    uploadId === undefined
      ? "none"
      : (aborted ?? (await stateOfUpload(connection, { key, uploadId }, context)));
  return (await resolveOutcome(connection, commit.attempt, state, context)).outcome;
}

/** @returns How the upload ended, if it was this that ended it or may have been. */
async function abort(
  { connection, key }: ResolvedUpload,
  { uploadId, partsWereCut, isKnown, denial }: Remains & { readonly uploadId: string },
  context: CallContext,
  warn: (warning: CosUploadError) => void,
): Promise<"aborted" | "ended" | undefined> {
  let aborted: "aborted" | "ended" | undefined;
  for (let round = 1; round <= ROUNDS; round++) {
    const log = new AttemptLog(context);
    try {
      await abortMultipartUpload(connection, { key, uploadId }, log.context);
      aborted = "aborted";
    } catch (error) {
      log.failed(error);
      if (!isNoSuchUpload(attemptError(error))) {
        warn(denial === undefined ? leftBehind(error, uploadId) : unknownUpload(denial));
        return aborted;
      }
      if (log.doubt !== undefined) aborted ??= "ended";
      // An Abort whose answer was lost looks the same: rather once too often.
      if (aborted !== "aborted" && !isKnown) warn(unknownUpload(error));
    }
    if (!partsWereCut) return aborted;
    // With the right to abort but not to list, nothing more can be done.
    const state = await stateOfUpload(connection, { key, uploadId }, context);
    if (state !== "there") return aborted;
  }
  return aborted;
}
