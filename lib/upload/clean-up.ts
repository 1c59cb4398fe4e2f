import type { CallContext } from "../cos/execute.ts";
import { abortMultipartUpload } from "../cos/operations/abort-multipart-upload.ts";
import type { Outcome } from "../errors.ts";
import type { ResolvedUpload } from "../options/upload-options.ts";
import { type ExpectedObject, findObject, isNoSuchUpload, isUploadGone } from "./settle.ts";

/** Parts that were cut off can still arrive behind an Abort; they are gone after one of these rounds. */
const ROUNDS = 3;

/** An upload that was cancelled, its requests ended. */
export interface CancelledUpload {
  /** Undefined when none was begun. */
  readonly uploadId: string | undefined;
  /** The object of a commit that was cut off, so that nobody knows what became of it. */
  readonly doubt: ExpectedObject | undefined;
  /** Whether all bytes of the stream had been handed to sockets. */
  readonly allSent: boolean;
  /** Whether requests for parts were cut off: COS may store such a part after the Abort, which then has to be repeated. */
  readonly partsWereCut: boolean;
}

/**
 * Aborts a cancelled upload, unless its parts are to stay, and finds out what became of a commit that was cut off: an upload
 * that could still be aborted was not completed; for one that is gone, the object tells.
 *
 * @returns The outcome of the commit; `undefined` when there was none.
 */
export async function cleanUp(
  { connection, key, leavePartsOnError }: ResolvedUpload,
  { uploadId, doubt, allSent, partsWereCut }: CancelledUpload,
  context: CallContext,
): Promise<Outcome | undefined> {
  let gone = true;
  if (uploadId !== undefined) {
    const upload = { key, uploadId };
    if (!leavePartsOnError) gone = !(await abort(upload, partsWereCut));
    else if (doubt !== undefined) gone = await isUploadGone(connection, upload, context);
  }
  if (doubt === undefined) return undefined;
  if (!gone) return "not-completed";
  if ((await findObject(connection, doubt, context)) !== undefined) return "completed";
  // A Put Object that is on its way as a whole can still be carried out after we looked.
  return uploadId === undefined && allSent ? "unknown" : "not-completed";

  /** Whether there was something to abort. */
  async function abort(upload: { key: string; uploadId: string }, repeat: boolean): Promise<boolean> {
    let aborted = false;
    for (let round = 1; round <= ROUNDS; round++) {
      try {
        await abortMultipartUpload(connection, upload, context);
        aborted = true;
      } catch (error) {
        if (!isNoSuchUpload(error)) throw error;
      }
      if (!repeat || (await isUploadGone(connection, upload, context))) break;
    }
    return aborted;
  }
}
