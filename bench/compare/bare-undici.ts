import { Agent } from "undici";
import type { Uploader } from "../clients/uploader.ts";
import type { Order } from "../measure/plan.ts";
import { createPool, type Source } from "../measure/source.ts";

const MIB = 1024 * 1024;
const CONNECTIONS = 4;
/** Enough ready parts that they are read from memory, not from the processor's cache. */
const PARTS = 8;

/** The floor: undici sending ready parts, over four connections. There is no source, no copy, no digest, no signature. */
export function connect({ url, options }: Order): Uploader {
  const agent = new Agent({ connections: CONNECTIONS });
  const partSize = options?.partSize ?? 8 * MIB;
  const pool = createPool(PARTS * partSize);

  async function send(path: string, body: Buffer): Promise<void> {
    const answer = await agent.request({ origin: url, path, method: "PUT", body });
    await answer.body.dump();
    if (answer.statusCode !== 200) throw new Error(`HTTP status ${answer.statusCode}`);
  }

  return {
    async upload(key: string, { size }: Source) {
      let next = 0;
      const sendParts = async (): Promise<void> => {
        for (;;) {
          const index = next++;
          const length = Math.min(partSize, size - index * partSize);
          if (length <= 0) return;
          const from = (index % PARTS) * partSize;
          await send(`/${key}?partNumber=${index + 1}&uploadId=1`, pool.subarray(from, from + length));
        }
      };
      await Promise.all(Array.from({ length: CONNECTIONS }, sendParts));
      return undefined;
    },
    put: (key, bytes) => send(`/${key}`, bytes),
    close: () => agent.close(),
  };
}
