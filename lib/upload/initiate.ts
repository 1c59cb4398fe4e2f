import type { CallContext } from "../cos/execute.ts";
import { initiateMultipartUpload } from "../cos/operations/initiate-multipart-upload.ts";
import type { CosUploadError } from "../errors.ts";
import type { ResolvedUpload } from "../options/upload-options.ts";
import { isAmbiguous } from "./settle.ts";
import { initiateLost } from "./upload-errors.ts";

/**
 * Begins a multipart upload, and returns its id.
 *
 * @param warn Told, once, when an answer was lost: COS may then have begun an upload whose id nobody knows. It has no
 *   parts, but it is listed until somebody aborts it.
 */
export async function initiate(
  { connection, key, attributes, encryption }: ResolvedUpload,
  context: CallContext,
  warn: (warning: CosUploadError) => void,
): Promise<string> {
  let lost: CosUploadError | undefined;
  const watch = (error: unknown): void => {
    if (isAmbiguous(error)) lost ??= error as CosUploadError;
  };
  try {
    const params = { ...attributes, key, serverSideEncryption: encryption };
    const { uploadId } = await initiateMultipartUpload(connection, params, {
      ...context,
      onRetry: (notice) => {
        watch(notice.error);
        context.onRetry?.(notice);
      },
    });
    return uploadId;
  } catch (error) {
    watch(error);
    throw error;
  } finally {
    if (lost !== undefined) warn(initiateLost(lost));
  }
}
