import type { Exchange } from "../exchange.ts";
import { type Reply, XML_TYPE } from "../reply.ts";
import { buildXml } from "../xml.ts";
import { ACCOUNT, isoTime } from "./listing-fields.ts";
import { compareKeys, cutPage, keyWriter, requestedSize } from "./paging.ts";

/**
 * Get Bucket, also called List Objects.
 *
 * @see https://intl.cloud.tencent.com/document/product/436/7734
 */
export async function listObjects(exchange: Exchange): Promise<Reply> {
  const { store, target } = exchange;
  const { type, write } = keyWriter(exchange);
  const size = requestedSize(exchange, "max-keys");
  const prefix = exchange.parameter("prefix") ?? "";
  const delimiter = exchange.parameter("delimiter") ?? "";
  const marker = exchange.parameter("marker") ?? "";
  const objects = store
    .objects(target.bucket)
    .filter((object) => compareKeys(object.key, marker) > 0)
    .sort((left, right) => compareKeys(left.key, right.key));
  const page = cutPage(objects, size, prefix, delimiter);
  const body = buildXml("ListBucketResult", {
    Name: target.bucket,
    EncodingType: type,
    Prefix: write(prefix),
    Marker: write(marker),
    NextMarker: page.truncated ? write(page.last?.key ?? "") : undefined,
    Delimiter: delimiter === "" ? undefined : write(delimiter),
    MaxKeys: String(size),
    IsTruncated: String(page.truncated),
    Contents: page.entries.flatMap((entry) =>
      "item" in entry
        ? {
            Key: write(entry.item.key),
            LastModified: isoTime(entry.item.lastModified),
            ETag: `"${entry.item.etag}"`,
            Size: String(entry.item.size),
            Owner: ACCOUNT,
            StorageClass: entry.item.storageClass,
          }
        : [],
    ),
    CommonPrefixes: page.entries.flatMap((entry) =>
      "commonPrefix" in entry ? { Prefix: write(entry.commonPrefix) } : [],
    ),
  });
  return { status: 200, headers: XML_TYPE, body };
}
