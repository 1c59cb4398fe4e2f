import { createHash } from "node:crypto";
import type { CallContext } from "../cos/execute.ts";
import { type UploadPartResult, uploadPart } from "../cos/operations/upload-part.ts";
import { CosIntegrityError, type CosUploadError } from "../errors.ts";
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
  const { isRetryable } = connection.retry;
  let damaged: string | undefined;
  const isDamaged = (error: CosUploadError): boolean => {
    if (error.code !== "BadDigest") return false;
    const actual = md5Of(body);
    if (actual !== part.md5) damaged = actual;
    return damaged !== undefined;
  };
  try {
    return await uploadPart(
      connection,
      { key, uploadId, partNumber, body, digests: part, serverSideEncryption: encryption, trafficLimit },
      {
        ...context,
        retry: {
          ...connection.retry,
          isRetryable: (error) => (isDamaged(error) ? false : isRetryable?.(error)),
        },
      },
    );
  } catch (error) {
    if (damaged === undefined) throw error;
    throw new CosIntegrityError(
      `Part ${partNumber} changed in memory after it was digested`,
      { expected: part.md5, actual: damaged },
      { uploadId, cause: error },
    );
  }
}

function md5Of(body: readonly Uint8Array[]): string {
  const md5 = createHash("md5");
  for (const piece of body) md5.update(piece);
  return md5.digest("base64");
}
