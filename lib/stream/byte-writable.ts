import type { WritableOptions } from "node:stream";
import { CosUploadError, errorOf } from "../errors.ts";
import { Writable } from "./readable-stream.ts";

type WriteCallback = (error?: Error | null) => void;
/** What can be written: text, or a view of bytes. */
type Chunk = string | ArrayBufferView;

/**
 * A Writable of bytes with what readable-stream's own lacks beside Node's: other views than Uint8Array, and `await using`.
 *
 * A `write` or `end` that throws destroys the stream, too. Who pipes does not see the throw, and goes on with the next chunk:
 * without the one that was refused, the rest is something else than what was meant.
 */
export class ByteWritable extends Writable {
  constructor(options: Pick<WritableOptions, "highWaterMark">) {
    super({ ...options, decodeStrings: true });
  }

  /** Takes strings, Buffers, and every other view of an ArrayBuffer, of which it takes the bytes. */
  override write(chunk: Chunk, callback?: WriteCallback): boolean;
  override write(chunk: Chunk, encoding: BufferEncoding, callback?: WriteCallback): boolean;
  override write(chunk: unknown, encoding?: unknown, callback?: unknown): boolean {
    // What is undefined is as good as not given. Called for each chunk, however small: no lists of arguments.
    try {
      return super.write(asBytes(chunk), encoding as BufferEncoding, callback as WriteCallback);
    } catch (error) {
      this.destroy(chunkRefused(error));
      throw error;
    }
  }

  override end(callback?: WriteCallback): this;
  override end(chunk: Chunk, callback?: WriteCallback): this;
  override end(chunk: Chunk, encoding: BufferEncoding, callback?: WriteCallback): this;
  override end(...args: readonly unknown[]): this {
    const [chunk, ...rest] = args;
    const bytes = args.length === 0 || typeof chunk === "function" ? args : [asBytes(chunk), ...rest];
    try {
      return (super.end as (...args: readonly unknown[]) => this).call(this, ...bytes);
    } catch (error) {
      this.destroy(chunkRefused(error));
      throw error;
    }
  }

  /** Destroys the stream unless it has finished, and waits until it is closed. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.closed) return;
    const closed = new Promise<void>((resolve) => this.once("close", () => resolve()));
    this.destroy();
    await closed;
  }
}

export type { WriteCallback };

function chunkRefused(error: unknown): CosUploadError {
  const cause = errorOf(error);
  return new CosUploadError(
    "ERR_COS_CHUNK",
    `A chunk was refused, and nothing is completed without it: ${cause.message}. Write strings, Buffers or other views of bytes`,
    { cause },
  );
}

function asBytes(chunk: unknown): unknown {
  if (!ArrayBuffer.isView(chunk) || chunk instanceof Uint8Array) return chunk;
  return new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength);
}
