import type { Digests } from "../../digest/digester.ts";
import type { HttpResponse } from "../../http/transport.ts";
import { required } from "../answers/response.ts";
import { verifyReceived } from "../answers/verify.ts";
import type { Connection } from "../connection.ts";
import { type CallContext, execute } from "../execute.ts";
import { customerKeyHeaders, type ServerSideEncryption } from "../parameters/encryption.ts";
import { byteLength, type CosRequest, defined } from "../request.ts";

/** Bytes to send, and how. */
export interface SentBody {
  readonly key: string;
  /** In pieces, in order; unchanged until the call settles. */
  readonly body: readonly Uint8Array[];
  readonly digests: Digests;
  readonly serverSideEncryption?: ServerSideEncryption | undefined;
  /** Bit/s. */
  readonly trafficLimit?: number | undefined;
}

export interface UploadPartParams extends SentBody {
  readonly uploadId: string;
  /** 1 to 10,000. */
  readonly partNumber: number;
}

/** What COS answers to a part. */
export interface UploadPartAnswer {
  /** As COS sent it, quotes included: what Complete Multipart Upload wants back. */
  readonly etag: string;
  /** Absent only in answers of servers that are not quite COS. */
  readonly crc64?: string | undefined;
  readonly requestId: string;
}

export interface UploadPartResult extends UploadPartAnswer {
  readonly partNumber: number;
  readonly size: number;
  readonly md5: string;
  /** Of the bytes sent; COS confirmed it wherever it answers with one. */
  readonly crc64: string;
  readonly attempts: number;
}

/**
 * @see https://intl.cloud.tencent.com/document/product/436/7750 (Upload Part)
 */
export function uploadPartRequest(params: UploadPartParams): CosRequest {
  const { key, uploadId, partNumber, body, digests, trafficLimit } = params;
  return {
    operation: "UploadPart",
    method: "PUT",
    key,
    query: { partNumber: String(partNumber), uploadId },
    headers: {
      ...customerKeyHeaders(params.serverSideEncryption),
      ...defined({ "x-cos-traffic-limit": trafficLimit?.toString() }),
      "Content-Type": "application/octet-stream",
      "Content-MD5": digests.md5,
    },
    body,
    uploadId,
    partNumber,
  };
}

export function parseUploadPart(response: HttpResponse, request: CosRequest): UploadPartAnswer {
  return {
    etag: required(response.headers.etag, "ETag header", response, request),
    crc64: response.headers["x-cos-hash-crc64ecma"],
    requestId: response.headers["x-cos-request-id"] ?? "",
  };
}

/** The answer to bytes that were sent, compared with them. */
export function verifiedAnswer(
  response: HttpResponse,
  request: CosRequest,
  { digests, serverSideEncryption }: SentBody,
): UploadPartAnswer {
  const answer = parseUploadPart(response, request);
  verifyReceived(answer, digests, serverSideEncryption, request);
  return answer;
}

export async function uploadPart(
  connection: Connection,
  params: UploadPartParams,
  context: CallContext,
): Promise<UploadPartResult> {
  const request = uploadPartRequest(params);
  const { value, attempts } = await execute(
    connection,
    request,
    (response) => verifiedAnswer(response, request, params),
    context,
  );
  const { partNumber, body, digests } = params;
  return { ...value, ...digests, partNumber, size: byteLength(body), attempts };
}
