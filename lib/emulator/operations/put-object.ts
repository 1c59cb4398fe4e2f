import { rm } from "node:fs/promises";
import { checkForbidOverwrite, requestedAttributes } from "../attributes.ts";
import { encryptionHeaders } from "../encryption.ts";
import type { Exchange } from "../exchange.ts";
import type { Reply } from "../reply.ts";
import { receiveBody } from "./receive-body.ts";

/** @see https://intl.cloud.tencent.com/document/product/436/7749 */
export async function putObject(exchange: Exchange): Promise<Reply> {
  const { store, target, settings } = exchange;
  const attributes = requestedAttributes(exchange);
  const forbidOverwrite = checkForbidOverwrite(exchange);
  const received = await receiveBody(exchange, attributes.encryption);
  const { size, etag, crc64, temporary } = received;
  try {
    const { bucket, key } = target;
    const lastModified = settings.clock();
    await store.putObject(
      { ...attributes, bucket, key, size, etag, crc64, lastModified },
      temporary,
      forbidOverwrite,
    );
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  return {
    status: 200,
    headers: {
      ETag: `"${etag}"`,
      "x-cos-hash-crc64ecma": crc64,
      ...encryptionHeaders(attributes.encryption),
    },
  };
}
