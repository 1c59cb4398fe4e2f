import { byteLength } from "../../http/body.ts";
import type { CosAnswer } from "../answers/response.ts";
import type { Connection } from "../connection.ts";
import { encodePath } from "../encoding.ts";
import type { CallContext } from "../execute.ts";
import { HEADER } from "../headers.ts";
import { encryptionHeaders } from "../parameters/encryption.ts";
import { type ObjectAttributes, objectHeaders } from "../parameters/object-headers.ts";
import { type CosRequest, defined } from "../request.ts";
import { parseUploadPart, type SentBody, sendVerified } from "./upload-part.ts";

/** The body may be empty. */
export interface PutObjectParams extends ObjectAttributes, SentBody {}

/** Result of `putObject`. */
export interface PutObjectResult {
  /** The bucket. */
  readonly bucket: string;
  /** The key of the object. */
  readonly key: string;
  /** URL of the object, without a signature. */
  readonly location: string;
  /** In bytes. */
  readonly size: number;
  /** ETag, quotes included. */
  readonly etag: string;
  /** MD5 of the bytes that were sent, base64. */
  readonly md5: string;
  /** CRC64 of the bytes that were sent, an unsigned decimal. */
  readonly crc64: string;
  /** The version, if the bucket has versioning. */
  readonly versionId?: string | undefined;
  /** Id of the request at COS. */
  readonly requestId: string;
  /** Attempts that were made, the successful one included. */
  readonly attempts: number;
}

/**
 * @see https://intl.cloud.tencent.com/document/product/436/7749 (Put Object)
 */
export function putObjectRequest(params: PutObjectParams): CosRequest {
  return {
    operation: "PutObject",
    method: "PUT",
    key: params.key,
    query: {},
    headers: {
      "Content-Type": "application/octet-stream",
      ...objectHeaders(params),
      ...encryptionHeaders(params.serverSideEncryption),
      ...defined({ [HEADER.trafficLimit]: params.trafficLimit?.toString() }),
      "Content-MD5": params.digests.md5,
    },
    body: params.body,
  };
}

export async function putObject(
  connection: Connection,
  params: PutObjectParams,
  context: CallContext,
): Promise<PutObjectResult> {
  const request = putObjectRequest(params);
  const { digests } = params;
  const parse = (response: CosAnswer) => ({
    ...parseUploadPart(response, request),
    versionId: response.headers[HEADER.versionId],
  });
  const { value, attempts } = await sendVerified(
    connection,
    request,
    { digests, parse, needsEtag: false },
    context,
  );
  return {
    ...value,
    ...digests,
    bucket: connection.bucket,
    key: params.key,
    location: objectLocation(connection, params.key),
    size: byteLength(params.body),
    attempts,
  };
}

/** Where the object is: in the form COS gives it in the answer to Complete Multipart Upload, but with the scheme in use. */
export function objectLocation({ endpoint }: Connection, key: string): string {
  return `${endpoint.origin}${encodePath(key)}`;
}
