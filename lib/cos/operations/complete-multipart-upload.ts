import { createHash } from "node:crypto";
import type { HttpResponse } from "../../http/transport.ts";
import { xmlAnswer } from "../answers/response.ts";
import { buildXml, loadXml, textOf } from "../answers/xml.ts";
import type { Connection } from "../connection.ts";
import { type CallContext, execute } from "../execute.ts";
import { forbidOverwriteHeader } from "../parameters/object-headers.ts";
import type { CosRequest } from "../request.ts";

export interface CompleteMultipartUploadParams {
  readonly key: string;
  readonly uploadId: string;
  /** Ascending from 1 without a gap. */
  readonly parts: readonly { readonly partNumber: number; readonly etag: string }[];
  readonly forbidOverwrite?: boolean | undefined;
}

export interface CompleteMultipartUploadResult {
  readonly bucket: string;
  readonly key: string;
  readonly location: string;
  /** Not a digest of the content: COS makes it up. Empty on servers that are not quite COS. */
  readonly etag: string;
  /** Of the whole object, where the answer has it. */
  readonly crc64?: string | undefined;
  readonly versionId?: string | undefined;
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
  const parse = (response: HttpResponse): CompleteMultipartUploadResult => {
    const answer = xmlAnswer(response, request, "CompleteMultipartUploadResult");
    const { headers } = response;
    return {
      bucket: connection.bucket,
      key: params.key,
      location: textOf(answer, "Location") ?? "",
      etag: textOf(answer, "ETag") ?? "",
      crc64: headers["x-cos-hash-crc64ecma"],
      versionId: headers["x-cos-version-id"],
      requestId: headers["x-cos-request-id"] ?? "",
    };
  };
  return (await execute(connection, request, parse, context)).value;
}
