import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { setTimeout as sleep } from "node:timers/promises";
import type { UploadStream } from "../../lib/index.ts";
import { drained, feedFromListeners } from "./feed-from-listeners.ts";
import type { Feeding } from "./upload-plan.ts";

/** Chunks at most: a byte at a time, some MiB would take minutes and show nothing more. */
const MOST_CHUNKS = 20_000;

const ENCODINGS = ["hex", "base64", "latin1"] as const;

/** What becomes of a source that fails or closes; without it the stream itself is destroyed. */
export type Source = Pick<Readable, "destroy">;

/**
 * Writes the bytes to the stream in the planned way, and ends it. Never rejects: what goes wrong is told by the stream.
 *
 * @param onFed Told how many bytes were written or handed over so far.
 * @returns The source, where there is one.
 */
export function feed(
  upload: UploadStream,
  bytes: Buffer,
  feeding: Feeding,
  onFed: (bytes: number) => void,
): { readonly source: Source | undefined; readonly over: Promise<void> } {
  const chunks = paced(bytes, feeding, onFed);
  if (feeding.way === "pipeline" || feeding.way === "pipe") {
    const source = Readable.from(chunks, { objectMode: false });
    // It ends as a whole one does, like a file of a form that was too long.
    if (feeding.truncated) Object.assign(source, { truncated: true });
    source.on("error", () => {});
    if (feeding.way === "pipe") source.pipe(upload);
    const over = feeding.way === "pipe" ? Promise.resolve() : pipeline(source, upload).catch(() => {});
    return { source, over };
  }
  return { source: undefined, over: WAYS[feeding.way](upload, chunks, bytes, feeding) };
}

type Writer = (
  upload: UploadStream,
  chunks: AsyncIterable<Buffer>,
  bytes: Buffer,
  feeding: Feeding,
) => Promise<void>;

const WAYS: Readonly<Record<Exclude<Feeding["way"], "pipeline" | "pipe">, Writer>> = {
  writes: async (upload, chunks) => {
    for await (const chunk of chunks) {
      const own = Buffer.from(chunk);
      // The chunk is the writer's again when the callback runs.
      if (!upload.write(own, () => void own.fill(0xaa))) await drained(upload);
      if (upload.destroyed) return;
    }
    upload.end();
  },
  corked: async (upload, chunks) => {
    let written = 0;
    for await (const chunk of chunks) {
      if (written++ % 7 === 0) upload.cork();
      upload.write(chunk);
      if (written % 7 === 0) {
        process.nextTick(() => upload.uncork());
        if (upload.writableNeedDrain) await drained(upload);
      }
      if (upload.destroyed) return;
    }
    upload.end();
  },
  "at-once": async (upload, chunks) => {
    for await (const chunk of chunks) upload.write(chunk);
    upload.end();
  },
  strings: async (upload, chunks) => {
    let written = 0;
    for await (const chunk of chunks) {
      const encoding = ENCODINGS[written++ % ENCODINGS.length]!;
      if (!upload.write(chunk.toString(encoding), encoding)) await drained(upload);
      if (upload.destroyed) return;
    }
    upload.end();
  },
  listeners: feedFromListeners,
  end: async (upload, _, bytes) => void upload.end(bytes),
};

async function* paced(
  bytes: Buffer,
  { chunks, rest }: Feeding,
  onFed: (bytes: number) => void,
): AsyncGenerator<Buffer, void, undefined> {
  const least = Math.ceil(bytes.length / MOST_CHUNKS);
  for (let at = 0, i = 0; at < bytes.length; i++) {
    const length = Math.max(least, chunks[i % chunks.length]!);
    onFed(at);
    yield bytes.subarray(at, at + length);
    at += length;
    if (rest !== undefined && i % rest.every === 0 && i < MOST_RESTS) await sleep(rest.milliseconds);
  }
  onFed(bytes.length);
}

/** Rests of a source, each as long as its plan says. */
export const MOST_RESTS = 40;
