import type { Connection } from "../connection.ts";
import { encodePath } from "../encoding.ts";
import { type CallContext, execute } from "../execute.ts";
import { encryptionHeaders } from "../parameters/encryption.ts";
import { type ObjectAttributes, objectHeaders } from "../parameters/object-headers.ts";
import { byteLength, type CosRequest, defined } from "../request.ts";
import { type SentBody, verifiedAnswer } from "./upload-part.ts";

/** The body may be empty. */
export interface PutObjectParams extends ObjectAttributes, SentBody {}

export interface PutObjectResult {
  readonly bucket: string;
  readonly key: string;
  readonly location: string;
  readonly size: number;
  readonly etag: string;
  readonly md5: string;
  readonly crc64: string;
  readonly versionId?: string | undefined;
  readonly requestId: string;
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
      ...defined({ "x-cos-traffic-limit": params.trafficLimit?.toString() }),
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
  const { value, attempts } = await execute(
    connection,
    request,
    (response) => ({
      ...verifiedAnswer(response, request, params),
      versionId: response.headers["x-cos-version-id"],
    }),
    context,
  );
  return {
    ...value,
    ...params.digests,
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
