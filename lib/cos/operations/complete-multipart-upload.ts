import { createHash } from "node:crypto";
import { requestIdOf } from "../answers/marks.ts";
import { type CosAnswer, xmlAnswer } from "../answers/response.ts";
import { buildXml, loadXml, textOf } from "../answers/xml.ts";
import type { Connection } from "../connection.ts";
import { type CallContext, execute } from "../execute.ts";
import { HEADER } from "../headers.ts";
import { forbidOverwriteHeader } from "../parameters/object-headers.ts";
import type { CosRequest } from "../request.ts";

/** Parameters of `completeMultipartUpload`. */
export interface CompleteMultipartUploadParams {
  /** Key of the upload, 1 to 850 bytes in UTF-8. */
  readonly key: string;
  /** The upload to complete. */
  readonly uploadId: string;
  /** All parts, numbered 1, 2, 3 and so on, each with the ETag that COS answered. Results of `uploadPart` can be given as they are. */
  readonly parts: readonly { readonly partNumber: number; readonly etag: string }[];
  /** Fail with `FileAlreadyExists` if the object exists. COS ignores it in buckets with versioning. Default false. */
  readonly forbidOverwrite?: boolean | undefined;
}

/** Result of `completeMultipartUpload`. */
export interface CompleteMultipartUploadResult {
  /** The bucket. */
  readonly bucket: string;
  /** The key of the object. */
  readonly key: string;
  /** URL of the object, without a signature, as COS answered it. */
  readonly location: string;
  /** ETag of the object, quotes included. It is not a digest of the content. Empty if the server is not quite COS. */
  readonly etag: string;
  /** CRC64 of the whole object, an unsigned decimal, if the answer has it. */
  readonly crc64?: string | undefined;
  /** The version, if the bucket has versioning. */
  readonly versionId?: string | undefined;
  /** Id of the request at COS. */
  readonly requestId: string;
}

/**
 * @see https://intl.cloud.tencent.com/document/product/436/7742 (Complete Multipart Upload)
 */
export function completeMultipartUploadRequest(params: CompleteMultipartUploadParams): CosRequest {
  const { key, uploadId, parts, forbidOverwrite } = params;
  const document = buildXml({
    CompleteMultipartUpload: {
      Part: parts.map(({ partNumber, etag }) => ({ PartNumber: String(partNumber), ETag: etag })),
    },
  });
  const body = Buffer.from(document);
  return {
    operation: "CompleteMultipartUpload",
    method: "POST",
    key,
    query: { uploadId },
    headers: {
      ...forbidOverwriteHeader(forbidOverwrite),
      "Content-Type": "application/xml",
      "Content-MD5": createHash("md5").update(body).digest("base64"),
    },
    body: [body],
    uploadId,
  };
}

export async function completeMultipartUpload(
  connection: Connection,
  params: CompleteMultipartUploadParams,
  context: CallContext,
): Promise<CompleteMultipartUploadResult> {
  await loadXml();
  const request = completeMultipartUploadRequest(params);
  const parse = (response: CosAnswer): CompleteMultipartUploadResult => {
    const answer = xmlAnswer(response, request, "CompleteMultipartUploadResult");
    const { headers } = response;
    return {
      bucket: connection.bucket,
      key: params.key,
      location: textOf(answer, "Location") ?? "",
      etag: textOf(answer, "ETag") ?? "",
      crc64: headers[HEADER.crc64],
      versionId: headers[HEADER.versionId],
      requestId: requestIdOf(headers) ?? "",
    };
  };
  return (await execute(connection, request, parse, context)).value;
}
