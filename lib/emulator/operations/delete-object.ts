import type { Exchange } from "../exchange.ts";
import type { Reply } from "../reply.ts";

/**
 * 204 whether or not there was an object.
 *
 * @see https://intl.cloud.tencent.com/document/product/436/7743
 */
export async function deleteObject(exchange: Exchange): Promise<Reply> {
  await exchange.store.deleteObject(exchange.target.bucket, exchange.target.key);
  return { status: 204, headers: {} };
}
