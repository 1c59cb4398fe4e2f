import type { WritableOptions } from "node:stream";
import { Writable } from "./readable-stream.ts";

type WriteCallback = (error?: Error | null) => void;
/** What can be written: text, or a view of bytes. */
type Chunk = string | ArrayBufferView;

/** A Writable of bytes with what readable-stream's own lacks beside Node's: other views than Uint8Array, and `await using`. */
export class ByteWritable extends Writable {
  constructor(options: Pick<WritableOptions, "highWaterMark">) {
    super({ ...options, decodeStrings: true });
  }

  /** Takes strings, Buffers, and every other view of an ArrayBuffer, of which it takes the bytes. */
  override write(chunk: Chunk, callback?: WriteCallback): boolean;
  override write(chunk: Chunk, encoding: BufferEncoding, callback?: WriteCallback): boolean;
  override write(chunk: unknown, encoding?: unknown, callback?: unknown): boolean {
    // What is undefined is as good as not given. Called for each chunk, however small: no lists of arguments.
    return super.write(asBytes(chunk), encoding as BufferEncoding, callback as WriteCallback);
  }

  override end(callback?: WriteCallback): this;
  override end(chunk: Chunk, callback?: WriteCallback): this;
  override end(chunk: Chunk, encoding: BufferEncoding, callback?: WriteCallback): this;
  override end(...args: readonly unknown[]): this {
    const [chunk, ...rest] = args;
    const bytes = args.length === 0 || typeof chunk === "function" ? args : [asBytes(chunk), ...rest];
    return (super.end as (...args: readonly unknown[]) => this).call(this, ...bytes);
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

function asBytes(chunk: unknown): unknown {
  if (!ArrayBuffer.isView(chunk) || chunk instanceof Uint8Array) return chunk;
  return new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength);
}
