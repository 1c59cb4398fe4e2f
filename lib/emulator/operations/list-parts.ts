import { CosError, invalidArgument } from "../cos-error.ts";
import type { Exchange } from "../exchange.ts";
import { type Reply, XML_TYPE } from "../reply.ts";
import { buildXml } from "../xml.ts";
import { ACCOUNT, isoTime } from "./listing-fields.ts";
import { keyWriter, requestedSize } from "./paging.ts";

/** @see https://intl.cloud.tencent.com/document/product/436/7747 */
export async function listParts(exchange: Exchange): Promise<Reply> {
  const { store, target, settings } = exchange;
  const uploadId = exchange.parameter("uploadId") ?? "";
  if (uploadId === "") throw new CosError(400, "ListPartUploadIdIsEmpty", "The uploadId is empty.");
  const upload = store.upload(target.bucket, target.key, uploadId);
  const { type, write } = keyWriter(exchange);
  const size = requestedSize(exchange, "max-parts");
  const markerText = exchange.parameter("part-number-marker") || "0";
  if (!/^\d{1,9}$/.test(markerText)) throw invalidArgument("part-number-marker must be an integer");
  const marker = Number(markerText);
  const after = [...upload.parts.values()]
    .filter((part) => part.partNumber > marker)
    .sort((left, right) => left.partNumber - right.partNumber);
  const parts = after.slice(0, size);
  const body = buildXml("ListPartsResult", {
    Bucket: target.bucket,
    EncodingType: type,
    Key: write(target.key),
    UploadId: uploadId,
    Owner: ACCOUNT,
    Initiator: ACCOUNT,
    PartNumberMarker: String(marker),
    NextPartNumberMarker: String(parts.at(-1)?.partNumber ?? marker),
    StorageClass: upload.storageClass,
    MaxParts: String(size),
    IsTruncated: String(size > 0 && after.length > size),
    Part: parts.map((part) => ({
      PartNumber: String(part.partNumber),
      LastModified: isoTime(part.lastModified),
      ETag: `"${part.etag}"`,
      Size: String(part.size),
      ...(settings.listPartsCrc64 ? { CRC64: part.crc64 } : {}),
    })),
  });
  return { status: 200, headers: XML_TYPE, body };
}
