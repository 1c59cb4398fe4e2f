import type { Connection } from "../cos/connection.ts";
import type { CallContext } from "../cos/execute.ts";
import { completeMultipartUpload } from "../cos/operations/complete-multipart-upload.ts";
import type { HeadObjectResult } from "../cos/operations/head-object.ts";
import { objectLocation, putObject } from "../cos/operations/put-object.ts";
import { CosIntegrityError, CosUploadError } from "../errors.ts";
import type { PartReceipt } from "../events.ts";
import type { ResolvedUpload } from "../options/upload-options.ts";
import type { Part } from "../parts/part.ts";
import { type ExpectedObject, findObject, isAmbiguous, isNoSuchUpload, isUploadGone } from "./settle.ts";

/** The object as COS has it now. */
export interface CommittedObject {
  readonly location: string;
  readonly etag: string;
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
  object: ExpectedObject,
  context: CallContext,
): Promise<CommittedObject> {
  const { connection, key } = upload;
  const { forbidOverwrite } = upload.attributes;
  const gone = (): Promise<boolean> => isUploadGone(connection, { key, uploadId }, context);
  const answer = await settled(connection, object, context, gone, (watched) =>
    completeMultipartUpload(connection, { key, uploadId, parts, forbidOverwrite }, watched),
  );
  return await verify(connection, object, answer, context, uploadId);
}

/** Sends the object in one request; an empty one always goes this way, as no part may be empty. */
export async function commitWhole(
  upload: ResolvedUpload,
  part: Part,
  object: ExpectedObject,
  context: CallContext,
): Promise<CommittedObject & { readonly attempts: number; readonly etag: string }> {
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
  const put = (watched: CallContext): Promise<CommittedObject> => putObject(connection, params, watched);
  const answer = await settled(connection, object, counting, async () => true, put);
  return { ...answer, attempts };
}

/**
 * Runs a commit. When an answer to it was lost on the way, what became of it is looked up before it counts as failed: the
 * upload is gone, and an object as expected is there. (Another's equal object proves nothing while our upload is there.)
 */
async function settled<T extends CommittedObject>(
  connection: Connection,
  object: ExpectedObject,
  context: CallContext,
  isGone: () => Promise<boolean>,
  commit: (context: CallContext) => Promise<T>,
): Promise<T | (CommittedObject & { readonly crc64?: string | undefined })> {
  let doubtful = false;
  try {
    return await commit({
      ...context,
      onRetry: (notice) => {
        doubtful ||= isAmbiguous(notice.error);
        context.onRetry?.(notice);
      },
    });
  } catch (error) {
    if (!doubtful && !isAmbiguous(error)) throw error;
    const found = await lookUp().catch(() => undefined);
    if (found === undefined) throw error;
    return { ...found, location: objectLocation(connection, object.key) };

    async function lookUp(): Promise<HeadObjectResult | undefined> {
      const gone = isNoSuchUpload(error) || (await isGone());
      return gone ? await findObject(connection, object, context) : undefined;
    }
  }
}

async function verify(
  connection: Connection,
  object: ExpectedObject,
  answer: CommittedObject & { readonly crc64?: string | undefined },
  context: CallContext,
  uploadId: string,
): Promise<CommittedObject> {
  if (answer.crc64 !== undefined && answer.crc64 !== object.crc64) {
    throw new CosIntegrityError(
      `COS made an object whose CRC64 is ${answer.crc64}, expected ${object.crc64}; the object is there and should be deleted`,
      { expected: object.crc64, actual: answer.crc64 },
      { uploadId },
    );
  }
  const location = answer.location || objectLocation(connection, object.key);
  if (answer.crc64 !== undefined && answer.etag !== "") return { ...answer, location };
  const found = await findObject(connection, object, context);
  if (found === undefined) {
    throw new CosIntegrityError(
      `COS completed the upload, but no object of ${object.size} bytes with CRC64 ${object.crc64} is there`,
      { expected: `${object.size} bytes, CRC64 ${object.crc64}`, actual: "another object or none" },
      { uploadId },
    );
  }
  const verified = { ...answer, location, etag: answer.etag || found.etag };
  if (found.crc64 !== undefined) return verified;
  const warning = new CosUploadError(
    "ERR_COS_UNVERIFIED",
    "The server tells no CRC64 of the object: its length and its parts were verified, the whole was not",
    { uploadId },
  );
  return { ...verified, warning };
}
