import type { ActionName, Plan } from "../measure/plan.ts";
import type { Account } from "./server-process.ts";

const UPLOADS: readonly ActionName[] = ["upload", "streams", "writes", "event-loop"];

/** The server got something else than was sent. */
export class DeliveryError extends Error {}

/**
 * The gate of every measurement.
 *
 * @throws DeliveryError When what arrived is not as many whole objects of as many bytes as were sent.
 */
export function checkDelivery(
  { action, count = 1, size = 0, client }: Plan,
  { deliveries }: Pick<Account, "deliveries">,
): void {
  if (!UPLOADS.includes(action) || size === 0) return;
  const objects = deliveries.filter(({ key }) => key.startsWith("object"));
  if (objects.length !== count) throw new DeliveryError(`${objects.length} objects arrived, not ${count}`);
  for (const { key, bytes, complete } of objects) {
    if (bytes !== size) throw new DeliveryError(`${bytes} bytes of ${key} arrived, not ${size}`);
    // The floor makes no object.
    if (!complete && client !== "bare-undici") throw new DeliveryError(`${key} was not completed`);
  }
}
