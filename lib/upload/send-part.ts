import type { CallContext } from "../cos/execute.ts";
import { type UploadPartResult, uploadPart } from "../cos/operations/upload-part.ts";
import { createInlineDigester } from "../digest/inline-digester.ts";
import { CosIntegrityError, CosServiceError, type CosUploadError } from "../errors.ts";
import type { ResolvedUpload } from "../options/upload-options.ts";
import type { Part } from "../parts/part.ts";

/**
 * Sends one part.
 *
 * When COS finds that the bytes do not fit their MD5, they are digested again: damage on the way is mended by sending
 * them once more, damage in this process's memory is not.
 */
export async function sendPart(
  upload: ResolvedUpload,
  uploadId: string,
  part: Part,
  context: CallContext,
): Promise<UploadPartResult> {
  const { connection, key, encryption, trafficLimit } = upload;
  const { partNumber, body } = part;
  const changed = (error: CosUploadError): boolean => error.code === "BadDigest" && md5Of(body) !== part.md5;
  const { isRetryable } = connection.retry;
  try {
    return await uploadPart(
      connection,
      { key, uploadId, partNumber, body, digests: part, serverSideEncryption: encryption, trafficLimit },
      {
        ...context,
        retry: {
          ...connection.retry,
          isRetryable: (error) => (changed(error) ? false : isRetryable?.(error)),
        },
      },
    );
  } catch (error) {
    if (!(error instanceof CosServiceError) || !changed(error)) throw error;
    throw new CosIntegrityError(
      `Part ${partNumber} changed in memory after it was digested`,
      { expected: part.md5, actual: md5Of(body) },
      { uploadId, cause: error },
    );
  }
}

function md5Of(body: readonly Uint8Array[]): string {
  const digester = createInlineDigester();
  for (const piece of body) digester.update(piece);
  return digester.digest().md5;
}
