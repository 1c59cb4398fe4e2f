import { etagIsMd5, type ServerSideEncryption } from "../cos/encryption.ts";
import type { ListedPart } from "../cos/operations/list-parts.ts";
import type { PartReceipt } from "../events.ts";
import type { Part } from "../parts/part.ts";

/**
 * The receipt of a part that COS has already; undefined when it has another, or has it in a way that proves nothing: where the
 * listing gives no CRC64, only an ETag that is the MD5 does.
 */
export function receiptOfStored(
  { partNumber, offset, size, md5, crc64 }: Part,
  stored: ListedPart | undefined,
  encryption: ServerSideEncryption | undefined,
): PartReceipt | undefined {
  if (stored?.size !== size) return undefined;
  if (stored.crc64 !== undefined ? stored.crc64 !== crc64 : !hasMd5(stored, md5, encryption))
    return undefined;
  return {
    partNumber,
    offset,
    size,
    etag: stored.etag,
    md5,
    crc64,
    attempts: 0,
    requestId: "",
    skipped: true,
  };
}

function hasMd5({ etag }: ListedPart, md5: string, encryption: ServerSideEncryption | undefined): boolean {
  return (
    etagIsMd5(encryption) &&
    etag.replaceAll('"', "").toLowerCase() === Buffer.from(md5, "base64").toString("hex")
  );
}
