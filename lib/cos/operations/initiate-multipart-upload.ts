import { requestIdOf } from "../answers/marks.ts";
import { type CosAnswer, required, xmlAnswer } from "../answers/response.ts";
import { textOf } from "../answers/xml.ts";
import type { Connection } from "../connection.ts";
import { type CallContext, execute } from "../execute.ts";
import { encryptionHeaders, type ServerSideEncryption } from "../parameters/encryption.ts";
import { type ObjectAttributes, objectHeaders } from "../parameters/object-headers.ts";
import type { CosRequest } from "../request.ts";

/** Parameters of `initiateMultipartUpload`. */
export interface InitiateMultipartUploadParams extends ObjectAttributes {
  /** Key of the object to be, 1 to 850 bytes in UTF-8, sent exactly as given. */
  readonly key: string;
  /** How COS encrypts the object. With SSE-C, every part needs the same key. Default: as the bucket is set up. */
  readonly serverSideEncryption?: ServerSideEncryption | undefined;
}

/** Result of `initiateMultipartUpload`. */
export interface InitiateMultipartUploadResult {
  /** The bucket. */
  readonly bucket: string;
  /** The key of the object to be. */
  readonly key: string;
  /** Names the upload in all calls that follow. */
  readonly uploadId: string;
  /** Id of the request at COS. */
  readonly requestId: string;
}

/**
 * @see https://intl.cloud.tencent.com/document/product/436/7746 (Initiate Multipart Upload)
 */
export function initiateMultipartUploadRequest(params: InitiateMultipartUploadParams): CosRequest {
  return {
    operation: "InitiateMultipartUpload",
    method: "POST",
    key: params.key,
    query: { uploads: "" },
    headers: { ...objectHeaders(params), ...encryptionHeaders(params.serverSideEncryption) },
    body: [],
  };
}

export async function initiateMultipartUpload(
  connection: Connection,
  params: InitiateMultipartUploadParams,
  context: CallContext,
): Promise<InitiateMultipartUploadResult> {
  const request = initiateMultipartUploadRequest(params);
  const parse = (response: CosAnswer): InitiateMultipartUploadResult => {
    const answer = xmlAnswer(response, request, "InitiateMultipartUploadResult");
    return {
      bucket: connection.bucket,
      key: params.key,
      uploadId: required(textOf(answer, "UploadId"), "UploadId", response, request),
      requestId: requestIdOf(response.headers) ?? "",
    };
  };
  return (await execute(connection, request, parse, context)).value;
}
