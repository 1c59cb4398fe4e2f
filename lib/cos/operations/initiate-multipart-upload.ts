import type { HttpResponse } from "../../http/transport.ts";
import { required, xmlAnswer } from "../answers/response.ts";
import { textOf } from "../answers/xml.ts";
import type { Connection } from "../connection.ts";
import { type CallContext, execute } from "../execute.ts";
import { encryptionHeaders, type ServerSideEncryption } from "../parameters/encryption.ts";
import { type ObjectAttributes, objectHeaders } from "../parameters/object-headers.ts";
import type { CosRequest } from "../request.ts";

export interface InitiateMultipartUploadParams extends ObjectAttributes {
  readonly key: string;
  readonly serverSideEncryption?: ServerSideEncryption | undefined;
}

export interface InitiateMultipartUploadResult {
  readonly bucket: string;
  readonly key: string;
  /** Opaque; it names the upload in all that follows. */
  readonly uploadId: string;
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
  const parse = (response: HttpResponse): InitiateMultipartUploadResult => {
    const answer = xmlAnswer(response, request, "InitiateMultipartUploadResult");
    return {
      bucket: connection.bucket,
      key: params.key,
      uploadId: required(textOf(answer, "UploadId"), "UploadId", response, request),
      requestId: response.headers["x-cos-request-id"] ?? "",
    };
  };
  return (await execute(connection, request, parse, context)).value;
}
