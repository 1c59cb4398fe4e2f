import type { Exchange } from "../exchange.ts";
import type { Reply } from "../reply.ts";

/**
 * Parts that arrive after it fail.
 *
 * @see https://intl.cloud.tencent.com/document/product/436/7740
 */
export async function abortMultipartUpload(exchange: Exchange): Promise<Reply> {
  const { store, target } = exchange;
  await store.abortUpload(store.upload(target.bucket, target.key, exchange.parameter("uploadId") ?? ""));
  return { status: 204, headers: {} };
}
