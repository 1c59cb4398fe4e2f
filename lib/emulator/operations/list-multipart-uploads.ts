import type { Exchange } from "../exchange.ts";
import { type Reply, XML_TYPE } from "../reply.ts";
import type { UploadRecord } from "../store/records.ts";
import { buildXml } from "../xml.ts";
import { ACCOUNT, isoTime } from "./listing-fields.ts";
import { compareKeys, cutPage, keyWriter, requestedSize } from "./paging.ts";

/** @see https://intl.cloud.tencent.com/document/product/436/7736 */
export async function listMultipartUploads(exchange: Exchange): Promise<Reply> {
  const { store, target } = exchange;
  const { type, write } = keyWriter(exchange);
  const size = requestedSize(exchange, "max-uploads");
  const prefix = exchange.parameter("prefix") ?? "";
  const delimiter = exchange.parameter("delimiter") ?? "";
  const keyMarker = exchange.parameter("key-marker") ?? "";
  // COS ignores the marker of an upload without the marker of its key.
  const uploadIdMarker = keyMarker === "" ? "" : (exchange.parameter("upload-id-marker") ?? "");
  const uploads = store
    .allUploads()
    .filter((upload) => upload.bucket === target.bucket && isAfter(upload, keyMarker, uploadIdMarker))
    .sort((left, right) => compareKeys(left.key, right.key) || compareKeys(left.uploadId, right.uploadId));
  const page = cutPage(uploads, size, prefix, delimiter);
  const body = buildXml("ListMultipartUploadsResult", {
    Bucket: target.bucket,
    "Encoding-Type": type,
    KeyMarker: write(keyMarker),
    UploadIdMarker: uploadIdMarker,
    NextKeyMarker: page.truncated ? write(page.last?.key ?? "") : undefined,
    NextUploadIdMarker: page.truncated ? (page.last?.uploadId ?? "") : undefined,
    MaxUploads: String(size),
    IsTruncated: String(page.truncated),
    Prefix: write(prefix),
    Delimiter: write(delimiter),
    Upload: page.entries.flatMap((entry) =>
      "item" in entry
        ? {
            Key: write(entry.item.key),
            UploadId: entry.item.uploadId,
            StorageClass: entry.item.storageClass,
            Initiator: ACCOUNT,
            Owner: ACCOUNT,
            Initiated: isoTime(entry.item.initiated),
          }
        : [],
    ),
    CommonPrefixes: page.entries.flatMap((entry) =>
      "commonPrefix" in entry ? { Prefix: write(entry.commonPrefix) } : [],
    ),
  });
  return { status: 200, headers: XML_TYPE, body };
}

function isAfter(upload: UploadRecord, keyMarker: string, uploadIdMarker: string): boolean {
  const order = compareKeys(upload.key, keyMarker);
  return (
    order > 0 || (order === 0 && uploadIdMarker !== "" && compareKeys(upload.uploadId, uploadIdMarker) > 0)
  );
}
