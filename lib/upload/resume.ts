import type { CallContext } from "../cos/execute.ts";
import { type ListedUpload, listMultipartUploads } from "../cos/operations/list-multipart-uploads.ts";
import { type ListedPart, listParts } from "../cos/operations/list-parts.ts";
import type { ResolvedUpload } from "../options/upload-options.ts";
import type { ResumeOption } from "../options.ts";
import { isNoSuchUpload } from "./settle.ts";
import { vanished } from "./upload-errors.ts";

/** An upload of an earlier run. */
export interface EarlierUpload {
  readonly uploadId: string;
  /** What COS has of it, in ascending order. */
  readonly parts: readonly ListedPart[];
}

/**
 * Finds the upload to go on with, and what COS has of it; undefined when there is none and a new one may be begun.
 *
 * @throws CosServiceError `NoSuchUpload` when it was named, and is not there.
 */
export async function findEarlierUpload(
  upload: ResolvedUpload,
  resume: ResumeOption,
  context: CallContext,
): Promise<EarlierUpload | undefined> {
  const { connection, key } = upload;
  const uploadId = resume === "latest" ? (await newestUpload(upload, context))?.uploadId : resume.uploadId;
  if (uploadId === undefined) return undefined;
  const parts: ListedPart[] = [];
  try {
    for await (const part of listParts(connection, { key, uploadId }, context)) parts.push(part);
  } catch (error) {
    if (!isNoSuchUpload(error)) throw error;
    // Completed or aborted since it was listed.
    if (resume === "latest") return undefined;
    throw vanished(error, uploadId);
  }
  return { uploadId, parts };
}

/** An upload of another storage class would become another object than the one asked for. */
async function newestUpload(
  { connection, key, attributes: { storageClass } }: ResolvedUpload,
  context: CallContext,
): Promise<ListedUpload | undefined> {
  let newest: ListedUpload | undefined;
  for await (const upload of listMultipartUploads(connection, { prefix: key }, context)) {
    if (upload.key !== key || upload.storageClass !== (storageClass ?? upload.storageClass)) continue;
    // Times are of one second: of two begun in the same, the later listed one is as good.
    if (newest === undefined || timeOf(upload) >= timeOf(newest)) newest = upload;
  }
  return newest;
}

function timeOf({ initiated }: ListedUpload): number {
  const time = Date.parse(initiated);
  return Number.isNaN(time) ? 0 : time;
}
