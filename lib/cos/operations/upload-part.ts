import type { Digests } from "../../digest/digester.ts";
import { type CosAnswer, required } from "../answers/response.ts";
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
  /** As COS sent it, quotes included. Complete Multipart Upload needs it. */
  readonly etag: string;
  /** CRC64 of the part, an unsigned decimal. Only servers that are not quite COS leave it out. */
  readonly crc64?: string | undefined;
  /** Id of the request at COS. */
  readonly requestId: string;
}

/** Result of `uploadPart`. */
export interface UploadPartResult extends UploadPartAnswer {
  /** From 1. */
  readonly partNumber: number;
  /** In bytes. */
  readonly size: number;
  /** MD5 of the bytes that were sent, base64. */
  readonly md5: string;
  /** CRC64 of the bytes that were sent, an unsigned decimal. COS answered with the same. */
  readonly crc64: string;
  /** Attempts that were made, the successful one included. */
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

export function parseUploadPart(response: CosAnswer, request: CosRequest): UploadPartAnswer {
  return {
    etag: required(response.headers.etag, "ETag header", response, request),
    crc64: response.headers["x-cos-hash-crc64ecma"],
    requestId: response.headers["x-cos-request-id"] ?? "",
  };
}

/** The answer to bytes that were sent, compared with them. */
export function verifiedAnswer(
  response: CosAnswer,
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
