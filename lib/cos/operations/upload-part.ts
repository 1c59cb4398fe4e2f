import type { Digests } from "../../digest/digester.ts";
import { byteLength } from "../../http/body.ts";
import type { Retried } from "../../retry/loop.ts";
import { requestIdOf } from "../answers/marks.ts";
import { type CosAnswer, required } from "../answers/response.ts";
import { bareEtag, verifyReceived } from "../answers/verify.ts";
import type { Connection } from "../connection.ts";
import { type CallContext, execute } from "../execute.ts";
import { HEADER } from "../headers.ts";
import { customerKeyHeaders, type ServerSideEncryption } from "../parameters/encryption.ts";
import { type CosRequest, defined } from "../request.ts";

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
      ...defined({ [HEADER.trafficLimit]: trafficLimit?.toString() }),
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
    crc64: response.headers[HEADER.crc64],
    requestId: requestIdOf(response.headers) ?? "",
  };
}

/** How an answer to bytes is read. */
interface Expectation<T> {
  readonly digests: Digests;
  readonly parse: (response: CosAnswer) => T;
  /** Whether the ETag is sent to COS later: then a damaged one is not good enough. */
  readonly needsEtag: boolean;
}

/**
 * Sends bytes, and compares what COS says about them.
 *
 * If the CRC64 is right but the ETag is not the MD5, the ETag was damaged on the way, or COS encrypts without saying so. The bytes
 * are sent again to get a better ETag. The second such answer is accepted: the CRC64 shows that the bytes are right.
 */
export async function sendVerified<T extends UploadPartAnswer>(
  connection: Connection,
  request: CosRequest,
  { digests, parse, needsEtag }: Expectation<T>,
  context: CallContext,
): Promise<Retried<T>> {
  const doubted: { readonly error: unknown; readonly value: T }[] = [];
  const verify = (response: CosAnswer): T => {
    const value = parse(response);
    try {
      verifyReceived(value, digests, response, request);
    } catch (error) {
      const isRight = value.crc64 === digests.crc64 && bareEtag(value.etag) !== undefined;
      if (isRight && doubted.length > 0) return value;
      if (isRight) doubted.push({ error, value });
      throw error;
    }
    return value;
  };
  let attempts = 1;
  const onRetry: CallContext["onRetry"] = (notice) => {
    attempts = notice.attempt + 1;
    context.onRetry?.(notice);
  };
  try {
    return await execute(connection, request, verify, { ...context, onRetry });
  } catch (error) {
    const [last] = doubted.filter((one) => one.error === error);
    if (last === undefined || needsEtag) throw error;
    return { value: last.value, attempts };
  }
}

export async function uploadPart(
  connection: Connection,
  params: UploadPartParams,
  context: CallContext,
): Promise<UploadPartResult> {
  const request = uploadPartRequest(params);
  const { partNumber, body, digests } = params;
  const parse = (response: CosAnswer): UploadPartAnswer => parseUploadPart(response, request);
  const { value, attempts } = await sendVerified(
    connection,
    request,
    { digests, parse, needsEtag: true },
    context,
  );
  return { ...value, ...digests, partNumber, size: byteLength(body), attempts };
}
