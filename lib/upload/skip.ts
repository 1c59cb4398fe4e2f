import { md5OfEtag } from "../cos/answers/verify.ts";
import type { ListedPart } from "../cos/operations/list-parts.ts";
import type { ServerSideEncryption } from "../cos/parameters/encryption.ts";
import type { PartReceipt } from "../events.ts";
import type { Part } from "../parts/part.ts";

/**
 * The receipt of a part that COS has already: its size and whatever the listing tells of its digests are the part's, and it tells
 * one at least. Undefined for any other, which is to be sent.
 */
export function receiptOfStored(
  { partNumber, offset, size, md5, crc64 }: Part,
  stored: ListedPart | undefined,
  encryption: ServerSideEncryption | undefined,
): PartReceipt | undefined {
  if (stored === undefined) return undefined;
  const md5Stored = md5OfEtag(stored.etag, encryption);
  const isTold = md5Stored !== undefined || stored.crc64 !== undefined;
  const isSame =
    stored.size === size &&
    (stored.crc64 ?? crc64) === crc64 &&
    (md5Stored === undefined || md5Stored === Buffer.from(md5, "base64").toString("hex"));
  if (!isTold || !isSame) return undefined;
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
