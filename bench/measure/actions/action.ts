import type { Uploader } from "../../clients/uploader.ts";
import type { Order, Sample } from "../plan.ts";
import { Source } from "../source.ts";

const KIB = 1024;

/** What one process measures, by its name in {@link Order}. */
export type Action = (order: Order, uploader: Uploader | undefined) => Promise<Sample>;

/** What an upload needs, made ready; a smaller object is sent first, which is not measured. */
export async function prepare(order: Order, uploader: Uploader | undefined): Promise<[Uploader, Source]> {
  if (uploader === undefined) throw new Error(`${order.action} needs a client`);
  const { size = 0, chunkSize = 64 * KIB, warmUp = 0 } = order;
  const source = new Source({ ...order, size, chunkSize });
  if (warmUp > 0) await uploader.upload("warm-up", source.ofSize(warmUp));
  return [uploader, source];
}
