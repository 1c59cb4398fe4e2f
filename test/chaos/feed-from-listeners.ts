import { once } from "node:events";
import type { UploadStream } from "../../lib/index.ts";
import type { Feeding, ListenerAction } from "./upload-plan.ts";

/** What a listener writes is the next bytes of the source: so many of its chunks at once. */
const BURST = 5;

/**
 * Writes the bytes from inside of the stream's own events, as a logger does that logs the progress of its log, and the rest of them
 * from outside. Whoever writes takes the next bytes: the stream must become the whole of them, in this order.
 */
export async function feedFromListeners(
  upload: UploadStream,
  chunks: AsyncIterable<Buffer>,
  bytes: Buffer,
  { listeners }: Feeding,
): Promise<void> {
  let at = 0;
  let length = 1;
  const write = (): void => {
    if (at >= bytes.length || upload.writableEnded || upload.destroyed) return;
    const chunk = bytes.subarray(at, at + length);
    at += chunk.length;
    upload.write(chunk);
  };
  const act: Readonly<Record<ListenerAction["do"], () => void>> = {
    write,
    burst: () => {
      upload.cork();
      for (let i = 0; i < BURST; i++) write();
      upload.uncork();
    },
    cork: () => {
      upload.cork();
      write();
      process.nextTick(() => upload.uncork());
    },
    end: () => {
      const rest = bytes.subarray(at);
      at = bytes.length;
      upload.end(rest);
    },
    destroy: () => void upload.destroy(),
  };
  const left = [...listeners];
  for (const event of new Set(listeners.map(({ on }) => on))) {
    upload.on(event, () => {
      if (left[0]?.on === event && !upload.writableEnded && !upload.destroyed) act[left.shift()!.do]();
    });
  }
  for await (const chunk of chunks) {
    length = chunk.length;
    write();
    if (upload.writableNeedDrain) await drained(upload);
    if (upload.destroyed || upload.writableEnded) return;
  }
  if (!upload.writableEnded) upload.end(bytes.subarray(at));
}

/** Waits until the stream can take more, or is closed. */
export async function drained(upload: UploadStream): Promise<void> {
  if (upload.destroyed || !upload.writableNeedDrain) return;
  const settled = new AbortController();
  const { signal } = settled;
  await Promise.race([once(upload, "drain", { signal }), once(upload, "close", { signal })]).catch(() => {});
  settled.abort();
}
