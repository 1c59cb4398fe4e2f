import { CosServiceError, CosUploadError, type Outcome } from "../errors.ts";
import { MIN_PART_SIZE } from "../limits.ts";
import type { CutPart } from "../parts/recut.ts";

/** `ERR_COS_EMPTY`: COS makes no object of an upload without parts. */
export function emptyUpload(uploadId: string | undefined): CosUploadError {
  return new CosUploadError(
    "ERR_COS_EMPTY",
    'The stream was empty, and an upload cannot be completed without parts; without "uploadId" or "resume" an empty object is put',
    { uploadId },
  );
}

/** COS's `NoSuchUpload`, said to who wanted to go on with that upload. */
export function resumeTargetMissing(cause: CosServiceError, uploadId: string): CosServiceError {
  return new CosServiceError(
    "NoSuchUpload",
    `The upload ${uploadId} to be resumed is not there: it was completed or aborted, or belongs to another key. ` +
      'Look whether the object is there; to upload from the beginning, leave "resume" out, or say "latest"',
    { ...cause, uploadId, cause },
  );
}

/** `ERR_COS_RESUME`: the latest upload was not found among so many. */
export function tooManyUploads(key: string, pages: number): CosUploadError {
  return new CosUploadError(
    "ERR_COS_RESUME",
    `The latest upload of ${JSON.stringify(key)} was not looked for any further: ${pages} pages of unfinished uploads have keys ` +
      "that begin so, and more follow. Name the upload by resume: { uploadId }, or abort those that nobody needs",
  );
}

/** `ERR_COS_RESUME`: the earlier run's part sizes cannot be had under these options. */
export function partSizesIncompatible(
  uploadId: string,
  parts: readonly CutPart[],
  maxPartSize: number,
): CosUploadError {
  const sizes = [...new Set(parts.map(({ size }) => size))].sort((a, b) => a - b);
  const range = sizes.length === 1 ? `${sizes[0]}` : `${sizes[0]} to ${sizes.at(-1)}`;
  return new CosUploadError(
    "ERR_COS_RESUME",
    `The upload ${uploadId} cannot be resumed: its parts are of ${range} bytes, and this stream cannot be cut like ` +
      `that (parts of ${MIN_PART_SIZE} to ${maxPartSize} bytes, enough of them for "expectedSize"). Raise "memory", resume with ` +
      "the options that it was begun with, or abort it",
    { uploadId },
  );
}

/** `ERR_COS_RESUME`: the object is there, and this stream's key does not open it. */
export function sseKeyMismatch(cause: unknown, uploadId: string): CosUploadError {
  return new CosUploadError(
    "ERR_COS_RESUME",
    "The object was made of parts that were all there, but COS does not open it with the SSE-C key of this stream: it is " +
      "encrypted with the one that the upload was begun with. To have it under this key, upload it once more",
    { uploadId, cause },
  );
}

/** Why requests end when the upload is cancelled. */
export function cancelled(uploadId: string | undefined): CosUploadError {
  return new CosUploadError("ERR_COS_CANCELLED", "The upload was cancelled", { uploadId });
}

/** Why cleaning up ends when COS does not answer. */
export function cleanUpTimedOut(uploadId: string | undefined, milliseconds: number): CosUploadError {
  return new CosUploadError(
    "ERR_COS_TIMEOUT",
    `COS did not let the upload be aborted within ${milliseconds} ms`,
    {
      uploadId,
    },
  );
}

/** `ERR_COS_CLEAN_UP`, a warning: parts may be left, and are billed until somebody aborts the upload. */
export function leftBehind(cause: unknown, uploadId: string | undefined): CosUploadError {
  return new CosUploadError(
    "ERR_COS_CLEAN_UP",
    `Could not abort the upload ${uploadId}; list the unfinished uploads of this key and abort it there`,
    { cause, uploadId },
  );
}

/** `ERR_COS_CLEAN_UP`, a warning: an upload without parts may be left under another id than the one that was read. */
export function unknownUpload(cause: unknown): CosUploadError {
  return new CosUploadError(
    "ERR_COS_CLEAN_UP",
    "COS does not know the upload that it had just begun: its id may have been damaged on the way, and the upload be left; " +
      "list the unfinished uploads of this key, and abort those that are not in use",
    { cause },
  );
}

/** `ERR_COS_CLEAN_UP`, a warning: an upload without parts may be left. */
export function initiateLost(cause: unknown): CosUploadError {
  return new CosUploadError(
    "ERR_COS_CLEAN_UP",
    "COS's answer to Initiate Multipart Upload was lost, so an upload whose id is not known may be left; " +
      "list the unfinished uploads of this key, and abort those that are not in use",
    { cause },
  );
}

/** `ERR_COS_OUTCOME`, a warning: the upload was ended while COS was making the object. */
export function endedInCommit(outcome: Outcome, key: string, uploadId: string | undefined): CosUploadError {
  const found =
    outcome === "completed" ? "was made all the same, whole and verified" : "may have been made; look for it";
  const warning = new CosUploadError(
    "ERR_COS_OUTCOME",
    `The upload was ended while COS was completing it: the object ${JSON.stringify(key)} ${found}`,
    { uploadId },
  );
  warning.outcome = outcome;
  return warning;
}

/** `ERR_COS_IDLE`. */
export function sourceIdle(milliseconds: number): CosUploadError {
  return new CosUploadError(
    "ERR_COS_IDLE",
    `The source wrote nothing for ${milliseconds} ms, the "timeout.idle"; the upload was given up`,
  );
}

/** `ERR_COS_DESTROYED`: what `done` rejects with when nobody gave an error. */
export function destroyed(uploadId: string | undefined, outcome: Outcome | undefined): CosUploadError {
  const error = new CosUploadError(
    "ERR_COS_DESTROYED",
    "The upload stream was destroyed before it finished",
    {
      uploadId,
    },
  );
  if (outcome !== undefined) error.outcome = outcome;
  return error;
}

/** `ERR_STREAM_DESTROYED`: what the callback of a write gets that was held back when the stream was destroyed. */
export function writeDestroyed(): CosUploadError {
  return new CosUploadError("ERR_STREAM_DESTROYED", "The stream was destroyed before the chunk was taken");
}
