import type { Connection } from "../cos/connection.ts";
import type { CallContext } from "../cos/execute.ts";
import { type HeadObjectResult, headObject } from "../cos/operations/head-object.ts";
import { listParts } from "../cos/operations/list-parts.ts";
import type { ServerSideEncryption } from "../cos/parameters/encryption.ts";
import { CosIntegrityError, CosServiceError, CosUploadError } from "../errors.ts";
import { CosInternalError, CosNetworkError } from "../http/network-error.ts";

/** An object that should be there. */
export interface ExpectedObject {
  readonly key: string;
  readonly size: number;
  readonly crc64: string;
  readonly encryption: ServerSideEncryption | undefined;
  /**
   * The ETag (hex digits) that proves the object where COS does not give its CRC64; `null` when none could. Undefined for an object made
   * of parts: that our upload is gone is the proof then.
   */
  readonly etag?: string | null;
}

/**
 * Whether a failed request may have done its work all the same: the answer was lost, cut, or said no more than that
 * something went wrong inside COS; or it was carried out with other bytes than ours. A request that was throttled (503), or
 * had no connection, was not carried out.
 */
export function isAmbiguous(error: unknown): boolean {
  if (error instanceof CosServiceError) {
    const { statusCode, code } = error;
    // A redirection without an error of COS's may be a 200 that was damaged on the way.
    if (statusCode < 400) return statusCode < 300 || code.startsWith("HTTP_");
    return statusCode >= 500 && statusCode !== 503;
  }
  if (error instanceof CosNetworkError || error instanceof CosInternalError) return !error.unsent;
  if (error instanceof CosIntegrityError) return true;
  if (!(error instanceof CosUploadError)) return false;
  return error.code === "ERR_COS_TIMEOUT" || error.code === "ERR_COS_BAD_RESPONSE";
}

/** Looks whether the object is there as it should be. */
export async function findObject(
  connection: Connection,
  object: ExpectedObject,
  context: CallContext,
): Promise<HeadObjectResult | undefined> {
  const found = await findAnyObject(connection, object, context);
  return found !== undefined && isExpected(found, object) ? found : undefined;
}

/** Whether an object is as it should be: its size, and its CRC64 where COS tells it. */
export function isExpected(found: HeadObjectResult, { size, crc64, etag }: ExpectedObject): boolean {
  if (found.size !== size) return false;
  if (found.crc64 !== undefined) return found.crc64 === crc64;
  return etag === undefined || found.etag.replaceAll('"', "") === etag;
}

/** The object that the key has now, whatever it is. */
export async function findAnyObject(
  connection: Connection,
  { key, encryption }: ExpectedObject,
  context: CallContext,
): Promise<HeadObjectResult | undefined> {
  try {
    return await headObject(connection, { key, serverSideEncryption: encryption }, context);
  } catch (error) {
    if (error instanceof CosServiceError && error.statusCode === 404) return undefined;
    throw error;
  }
}

/** Whether a multipart upload is over, completed or aborted. */
export async function isUploadGone(
  connection: Connection,
  upload: { readonly key: string; readonly uploadId: string },
  context: CallContext,
): Promise<boolean> {
  try {
    await listParts(connection, { ...upload, maxParts: 1 }, context).next();
    return false;
  } catch (error) {
    if (isNoSuchUpload(error)) return true;
    throw error;
  }
}

export function isNoSuchUpload(error: unknown): error is CosServiceError {
  if (!(error instanceof CosServiceError)) return false;
  // Ceph's RADOS Gateway answers List Parts so: there the upload is the key.
  return error.code === "NoSuchUpload" || (error.code === "NoSuchKey" && error.operation === "ListParts");
}
