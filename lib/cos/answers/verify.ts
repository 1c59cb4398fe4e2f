import type { Digests } from "../../digest/digester.ts";
import { CosIntegrityError } from "../../errors.ts";
import type { HttpResponse } from "../../http/transport.ts";
import { HEADER } from "../headers.ts";
import type { CosRequest } from "../request.ts";
import { type CosAnswer, requiredRequestId } from "./response.ts";

const MD5_DIGITS = 32;

/** What COS answers about the bytes that it received. */
export interface ReceivedDigests {
  /** Quotes included. */
  readonly etag: string;
  readonly crc64?: string | undefined;
}

/**
 * Whether COS makes the ETag of a part, or of an object sent in one request, their MD5. Its answer says how it encrypts: the upload
 * or the bucket may have another encryption than the options of a stream.
 *
 * @see https://intl.cloud.tencent.com/document/product/436/7728 (server-side encryption)
 */
export function etagIsMd5(headers: HttpResponse["headers"]): boolean {
  if (headers[HEADER.customerAlgorithm] !== undefined) return false;
  const encryption = headers[HEADER.encryption];
  return encryption === undefined || encryption === "AES256";
}

/** The ETag without its quotes; undefined when it has one quote, or other signs than ETags have: it was damaged on the way. */
export function bareEtag(etag: string): string | undefined {
  return /^("?)([\w.-]+)\1$/.exec(etag.toLowerCase())?.[2];
}

/**
 * Compares what COS says it received with what was sent: the CRC64, and the ETag where it is the MD5. An ETag of another length
 * says nothing: early answers of COS had SHA-1.
 *
 * @throws CosIntegrityError when they differ; `ERR_COS_BAD_RESPONSE` when nothing shows that COS received anything.
 */
export function verifyReceived(
  answer: ReceivedDigests,
  sent: Digests,
  response: CosAnswer,
  request: CosRequest,
): void {
  const what = request.partNumber === undefined ? "the object" : `part ${request.partNumber}`;
  const details = { uploadId: request.uploadId };
  if (answer.crc64 !== undefined && answer.crc64 !== sent.crc64) {
    throw new CosIntegrityError(
      `COS received other bytes for ${what}: its CRC64 is ${answer.crc64}, expected ${sent.crc64}`,
      { expected: sent.crc64, actual: answer.crc64 },
      details,
    );
  }
  const actual = bareEtag(answer.etag);
  const expected = hexOf(sent.md5);
  if (actual === expected) return;
  const isOpaque = actual !== undefined && (!etagIsMd5(response.headers) || actual.length !== MD5_DIGITS);
  if (isOpaque) {
    if (answer.crc64 === undefined) requiredRequestId(response, request);
    return;
  }
  const flaw =
    answer.crc64 === undefined ? `COS received other bytes for ${what}` : `The ETag of ${what} is damaged`;
  throw new CosIntegrityError(
    `${flaw}: it is ${answer.etag}, expected the MD5 "${expected}"`,
    { expected, actual: actual ?? answer.etag },
    details,
  );
}

/** An MD5 in hex, as ETags have it. */
export function hexOf(md5: string): string {
  return Buffer.from(md5, "base64").toString("hex");
}
