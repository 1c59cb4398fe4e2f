import { badResponse, requiredRequestId } from "../answers/response.ts";
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
    (response) => {
      // Whoever else answers 200, or 204, has aborted nothing.
      if (response.statusCode !== 204) throw badResponse(response, request, "expected status 204");
      return { requestId: requiredRequestId(response, request) };
    },
    context,
  );
  return value;
}
