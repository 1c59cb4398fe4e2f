import type { CallContext } from "../cos/execute.ts";
import { completeMultipartUpload } from "../cos/operations/complete-multipart-upload.ts";
import type { HeadObjectResult } from "../cos/operations/head-object.ts";
import { putObject } from "../cos/operations/put-object.ts";
import { CosIntegrityError, CosServiceError, CosUploadError } from "../errors.ts";
import type { PartReceipt } from "../events.ts";
import type { ResolvedUpload } from "../options/upload-options.ts";
import type { Part } from "../parts/part.ts";
import type { Commitment } from "./commitment.ts";
import { findObject, isNoSuchUpload, isUploadGone } from "./settle.ts";
import { sseKeyMismatch } from "./upload-errors.ts";

/** The object as COS has it now. */
export interface CommittedObject {
  readonly etag: string;
  readonly crc64?: string | undefined;
  readonly versionId?: string | undefined;
  readonly requestId: string;
  /** What could not be verified, where there is something. */
  readonly warning?: CosUploadError;
}

/** Makes the object of its parts, and verifies that it is what was sent. */
export async function commitParts(
  upload: ResolvedUpload,
  uploadId: string,
  parts: readonly PartReceipt[],
  context: CallContext,
  commitment: Commitment,
): Promise<CommittedObject> {
  const { connection, key } = upload;
  const { forbidOverwrite } = upload.attributes;
  let answer: CommittedObject;
  try {
    answer = await completeMultipartUpload(connection, { key, uploadId, parts, forbidOverwrite }, context);
    commitment.made();
  } catch (error) {
    // Another's equal object proves nothing while our upload is there.
    const isGone = async (): Promise<boolean> =>
      isNoSuchUpload(error) || (await isUploadGone(connection, { key, uploadId }, context));
    answer = await lookUp(upload, context, commitment, error, isGone);
  }
  // No request of this stream's has shown COS the key, unless a part was sent: Head Object does.
  const isKeyUntried = upload.encryption?.type === "SSE-C" && parts.every(({ skipped }) => skipped);
  return await verify(upload, commitment, answer, context, uploadId, isKeyUntried);
}

/** Sends the object in one request; an empty one always goes this way, as no part may be empty. */
export async function commitWhole(
  upload: ResolvedUpload,
  part: Part,
  context: CallContext,
  commitment: Commitment,
): Promise<CommittedObject & { readonly attempts: number }> {
  const { connection, key, attributes, encryption, trafficLimit } = upload;
  const params = {
    ...attributes,
    key,
    body: part.body,
    digests: part,
    serverSideEncryption: encryption,
    trafficLimit,
  };
  let attempts = 1;
  const counting: CallContext = {
    ...context,
    onRetry: (notice) => {
      attempts = notice.attempt + 1;
      context.onRetry?.(notice);
    },
  };
  try {
    return await putObject(connection, params, counting);
  } catch (error) {
    return { ...(await lookUp(upload, context, commitment, error, async () => true)), attempts };
  }
}

/**
 * Turns the failure of a commit into its success, when an answer was lost on the way: nothing of the upload is left, and an
 * object as expected is there.
 *
 * @throws The failure, when that is not so or cannot be found out.
 */
async function lookUp(
  { connection }: ResolvedUpload,
  context: CallContext,
  commitment: Commitment,
  failure: unknown,
  isGone: () => Promise<boolean>,
): Promise<HeadObjectResult> {
  commitment.failed(failure);
  if (!commitment.doubtful) throw failure;
  let found: HeadObjectResult | undefined;
  try {
    if (await isGone()) found = await findObject(connection, commitment.object, context);
  } catch {
    // The failure of the commit says more than that of the question about it.
  }
  if (found === undefined) throw failure;
  return found;
}

async function verify(
  { connection }: ResolvedUpload,
  { object }: Commitment,
  answer: CommittedObject,
  context: CallContext,
  uploadId: string,
  isKeyUntried: boolean,
): Promise<CommittedObject> {
  if (answer.crc64 !== undefined && answer.crc64 !== object.crc64) {
    throw new CosIntegrityError(
      `COS made an object whose CRC64 is ${answer.crc64}, expected ${object.crc64}; the object is there and should be deleted`,
      { expected: object.crc64, actual: answer.crc64 },
      { uploadId },
    );
  }
  if (answer.crc64 !== undefined && answer.etag !== "" && !isKeyUntried) return answer;
  const found = await findObject(connection, object, context).catch((error) => {
    throw isKeyUntried && isRefusal(error) ? sseKeyMismatch(error, uploadId) : error;
  });
  if (found === undefined) {
    throw new CosIntegrityError(
      `COS completed the upload, but no object of ${object.size} bytes with CRC64 ${object.crc64} is there`,
      { expected: `${object.size} bytes, CRC64 ${object.crc64}`, actual: "another object or none" },
      { uploadId },
    );
  }
  const verified = { ...answer, etag: answer.etag || found.etag };
  if ((found.crc64 ?? answer.crc64) !== undefined) return verified;
  const warning = new CosUploadError(
    "ERR_COS_UNVERIFIED",
    "The server does not give the CRC64 of the object: its length and its parts were verified, the whole was not",
    { uploadId },
  );
  return { ...verified, warning };
}

function isRefusal(error: unknown): boolean {
  return error instanceof CosServiceError && error.statusCode < 500;
}
