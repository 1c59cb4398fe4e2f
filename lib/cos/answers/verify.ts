import type { Digests } from "../../digest/digester.ts";
import { CosIntegrityError } from "../../errors.ts";
import type { ServerSideEncryption } from "../parameters/encryption.ts";
import { etagIsMd5 } from "../parameters/encryption.ts";
import type { CosRequest } from "../request.ts";

const MD5_DIGITS = 32;

/**
 * The MD5 (hex) that an ETag tells: with no encryption or SSE-COS. One of another shape says nothing: early answers of COS had
 * SHA-1.
 */
export function md5OfEtag(etag: string, encryption: ServerSideEncryption | undefined): string | undefined {
  if (!etagIsMd5(encryption)) return undefined;
  return /^"?([0-9a-f]{32})"?$/i.exec(etag)?.[1]?.toLowerCase();
}

/**
 * Compares what COS says it received with what was sent: its CRC64 where the answer has one, and the ETag where it is
 * the MD5. An ETag of another length says nothing.
 *
 * @throws CosIntegrityError when they differ.
 */
export function verifyReceived(
  answer: { readonly etag: string; readonly crc64?: string | undefined },
  sent: Digests,
  encryption: ServerSideEncryption | undefined,
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
  if (!etagIsMd5(encryption)) return;
  // What is neither quoted nor bare was damaged on the way; Complete would be refused for it.
  const actual = /^("?)([\w.-]+)\1$/.exec(answer.etag)?.[2]?.toLowerCase();
  if (actual !== undefined && actual.length !== MD5_DIGITS) return;
  const expected = Buffer.from(sent.md5, "base64").toString("hex");
  if (actual !== expected) {
    throw new CosIntegrityError(
      `COS received other bytes for ${what}: its ETag is ${answer.etag}, expected the MD5 "${expected}"`,
      { expected, actual: actual ?? answer.etag },
      details,
    );
  }
}
