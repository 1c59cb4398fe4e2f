import type { Connection } from "../connection.ts";
import { type CallContext, execute } from "../execute.ts";
import type { CosRequest } from "../request.ts";

/** Parameters of `abortMultipartUpload`. */
export interface AbortMultipartUploadParams {
  /** Key of the upload, 1 to 850 bytes in UTF-8. */
  readonly key: string;
  /** The upload to abort. */
  readonly uploadId: string;
}

/** Result of `abortMultipartUpload`. */
export interface AbortMultipartUploadResult {
  /** Id of the request at COS. */
  readonly requestId: string;
}

/**
 * @see https://intl.cloud.tencent.com/document/product/436/7740 (Abort Multipart Upload)
 */
export function abortMultipartUploadRequest({ key, uploadId }: AbortMultipartUploadParams): CosRequest {
  return {
    operation: "AbortMultipartUpload",
    method: "DELETE",
    key,
    query: { uploadId },
    headers: {},
    body: [],
    uploadId,
  };
}

export async function abortMultipartUpload(
  connection: Connection,
  params: AbortMultipartUploadParams,
  context: CallContext,
): Promise<AbortMultipartUploadResult> {
  const request = abortMultipartUploadRequest(params);
  const { value } = await execute(
    connection,
    request,
    (response) => ({ requestId: response.headers["x-cos-request-id"] ?? "" }),
    context,
  );
  return value;
}
