import { rm } from "node:fs/promises";
import { invalidArgument } from "../cos-error.ts";
import { checkPartKey, encryptionHeaders } from "../encryption.ts";
import type { Exchange } from "../exchange.ts";
import type { Reply } from "../reply.ts";
import { receiveBody } from "./receive-body.ts";

/** @see https://intl.cloud.tencent.com/document/product/436/7750 */
export async function uploadPart(exchange: Exchange): Promise<Reply> {
  const { store, target, settings } = exchange;
  const partNumber = requestedPartNumber(exchange);
  // "The part whose upload begins later overwrites the earlier": an old attempt that ends last does not replace a newer one.
  const sequence = store.nextSequence();
  const upload = store.upload(target.bucket, target.key, exchange.parameter("uploadId") ?? "");
  checkPartKey(exchange, upload.encryption);
  const { size, etag, crc64, temporary } = await receiveBody(exchange, upload.encryption, "refused");
  try {
    const lastModified = settings.clock();
    await store.putPart(upload, { partNumber, sequence, size, etag, crc64, lastModified }, temporary);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  return {
    status: 200,
    headers: { ETag: `"${etag}"`, "x-cos-hash-crc64ecma": crc64, ...encryptionHeaders(upload.encryption) },
  };
}

function requestedPartNumber(exchange: Exchange): number {
  const text = exchange.parameter("partNumber") ?? "";
  const most = exchange.settings.limits.maxParts;
  if (!/^\d{1,9}$/.test(text) || Number(text) < 1 || Number(text) > most) {
    throw invalidArgument(`partNumber must be an integer from 1 to ${most}`);
  }
  return Number(text);
}
