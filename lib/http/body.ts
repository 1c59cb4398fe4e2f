import { CosUploadError } from "../errors.ts";
import { MIB } from "../limits.ts";
import { nextTurn } from "../timers.ts";
import type { DispatchedResponse } from "./dispatcher.ts";

/** What is learnt while a body goes out, and what holds it back. */
export interface BodyOptions {
  /** Bytes that the socket has taken, all in all. */
  readonly onTaken: (bytes: number) => void;
  /** The last piece is about to go. */
  readonly onLast: () => void;
  readonly pace?: { readonly grant: number; take(bytes: number): Promise<void> } | undefined;
}

/**
 * The body as an iterable: undici asks for a piece when the socket has taken the one before it, which is what
 * `onTaken` reports, beginning with none. A fresh one for each attempt.
 */
export async function* pieces(
  body: readonly Uint8Array[],
  { onTaken, onLast, pace }: BodyOptions,
): AsyncGenerator<Uint8Array> {
  const size = byteLength(body);
  let taken = 0;
  onTaken(taken);
  for (const whole of body) {
    for (const piece of slices(whole, pace?.grant ?? MIB)) {
      // A fast receiver would else take all of a part, and of the parts beside it, before anything else has its turn.
      if (taken > 0) await nextTurn();
      await pace?.take(piece.byteLength);
      if (taken + piece.byteLength === size) onLast();
      yield piece;
      taken += piece.byteLength;
      onTaken(taken);
    }
  }
}

/** A piece larger than 1 MiB would show nothing of how it gets on. */
function* slices(bytes: Uint8Array, size: number): Generator<Uint8Array> {
  for (let at = 0; at < bytes.byteLength; at += size) yield bytes.subarray(at, at + size);
}

/** Length of a body in bytes. */
export function byteLength(body: readonly Uint8Array[]): number {
  return body.reduce((sum, piece) => sum + piece.byteLength, 0);
}

/**
 * Copied together piece by piece: a piece is a view of all that the socket had read with it, so that an answer whose bytes
 * come one by one between long chunk extensions would hold many times its size.
 */
export async function readBody(
  body: DispatchedResponse["body"],
  maxBytes: number,
  onChunk: () => void,
): Promise<string> {
  let bytes = new Uint8Array(0);
  let size = 0;
  for await (const chunk of body as AsyncIterable<Uint8Array>) {
    onChunk();
    const end = size + chunk.byteLength;
    if (end > maxBytes) {
      // Leaving the loop destroys the body and with it the socket: an endless answer costs no more than this.
      throw new CosUploadError(
        "ERR_COS_BAD_RESPONSE",
        `The answer is longer than the ${maxBytes} bytes that COS would send; is the endpoint COS?`,
      );
    }
    if (end > bytes.byteLength) bytes = grown(bytes.subarray(0, size), Math.max(end, 2 * bytes.byteLength));
    bytes.set(chunk, size);
    size = end;
  }
  return new TextDecoder().decode(bytes.subarray(0, size));
}

function grown(bytes: Uint8Array, size: number): Uint8Array<ArrayBuffer> {
  const larger = new Uint8Array(size);
  larger.set(bytes);
  return larger;
}
