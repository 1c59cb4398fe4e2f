import { randomBytes } from "node:crypto";
import { checkForbidOverwrite, requestedAttributes } from "../attributes.ts";
import { discardBody } from "../body.ts";
import { encryptionHeaders } from "../encryption.ts";
import type { Exchange } from "../exchange.ts";
import { type Reply, XML_TYPE } from "../reply.ts";
import { buildXml } from "../xml.ts";

/** @see https://intl.cloud.tencent.com/document/product/436/7746 */
export async function initiateMultipartUpload(exchange: Exchange): Promise<Reply> {
  const { store, target, settings } = exchange;
  const attributes = requestedAttributes(exchange);
  checkForbidOverwrite(exchange);
  await discardBody(exchange);
  const initiated = settings.clock();
  const { bucket, key } = target;
  // As in COS: the time comes first, so that the ids of a key are in the order of their uploads.
  const uploadId = String(Math.floor(initiated / 1000)) + randomBytes(32).toString("hex");
  await store.createUpload({ ...attributes, bucket, key, uploadId, initiated });
  return {
    status: 200,
    headers: { ...XML_TYPE, ...encryptionHeaders(attributes.encryption) },
    body: buildXml("InitiateMultipartUploadResult", { Bucket: bucket, Key: key, UploadId: uploadId }),
  };
}
