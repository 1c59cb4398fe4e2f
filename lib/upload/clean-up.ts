import type { CallContext } from "../cos/execute.ts";
import { abortMultipartUpload } from "../cos/operations/abort-multipart-upload.ts";
import type { CosUploadError, Outcome } from "../errors.ts";
import type { ResolvedUpload } from "../options/upload-options.ts";
import type { Commitment } from "./commitment.ts";
import { findAnyObject, isExpected, isNoSuchUpload, isUploadGone } from "./settle.ts";
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
  readonly commitment: Commitment | undefined;
  /** Whether all bytes of the stream had been handed to sockets. */
  readonly allSent: boolean;
}

/**
 * Aborts the upload, unless its parts are to stay, and finds out what became of a commit. Never rejects: what may be left is
 * told by a warning.
 */
export async function cleanUp(
  upload: ResolvedUpload,
  remains: Remains,
  context: CallContext,
  warn: (warning: CosUploadError) => void,
): Promise<void> {
  const { uploadId, commitment } = remains;
  const toAbort = upload.leavePartsOnError ? undefined : uploadId;
  const aborted = toAbort !== undefined && (await abort(upload, toAbort, remains, context, warn));
  if (upload.leavePartsOnError && remains.denial !== undefined) warn(unknownUpload(remains.denial));
  if (commitment?.outcome !== "unknown") return;
  commitment.settle(await findOutcome(upload, commitment, remains, aborted, context));
}

/** Whether there was something to abort. */
async function abort(
  { connection, key }: ResolvedUpload,
  uploadId: string,
  { partsWereCut, isKnown, denial }: Remains,
  context: CallContext,
  warn: (warning: CosUploadError) => void,
): Promise<boolean> {
  let aborted = false;
  for (let round = 1; round <= ROUNDS; round++) {
    try {
      await abortMultipartUpload(connection, { key, uploadId }, context);
      aborted = true;
    } catch (error) {
      if (!isNoSuchUpload(error)) {
        warn(denial === undefined ? leftBehind(error, uploadId) : unknownUpload(denial));
        return aborted;
      }
      // An Abort whose answer was lost looks the same: rather once too often.
      if (!aborted && !isKnown) warn(unknownUpload(error));
    }
    if (!partsWereCut) return aborted;
    // With the right to abort but not to list, nothing more can be done.
    const gone = await isUploadGone(connection, { key, uploadId }, context).catch(() => true);
    if (gone) return aborted;
  }
  return aborted;
}

/**
 * The object tells what became of the commit, once the upload is gone. An Abort that succeeds is no proof by itself: a server may
 * grant it while it carries out a Complete that was cut off.
 */
async function findOutcome(
  { connection, key }: ResolvedUpload,
  { object }: Commitment,
  { uploadId, allSent }: Remains,
  aborted: boolean,
  context: CallContext,
): Promise<Outcome> {
  try {
    const gone =
      aborted || uploadId === undefined || (await isUploadGone(connection, { key, uploadId }, context));
    // A cut Complete may be one that COS goes on with: until then the upload is there.
    if (!gone) return "unknown";
    const found = await findAnyObject(connection, object, context);
    // One that is there behind an Abort may be ours, or an equal one from before.
    if (found !== undefined && isExpected(found, object)) return aborted ? "unknown" : "completed";
    // A Put Object that is on its way as a whole can still be carried out after we looked.
    if (uploadId === undefined) return allSent ? "unknown" : "not-completed";
    // Another object may have replaced ours, unless ours was aborted; the answer may be damaged, too.
    return aborted || found === undefined ? "not-completed" : "unknown";
  } catch {
    return "unknown";
  }
}
