import { MIB } from "../limits.ts";

/**
 * Longest piece of a body, in bytes. It is written to a socket at once, and counted as `sent` when the socket has taken it.
 */
const MAX_PIECE: number = MIB;

/**
 * The first `size` bytes of segments, in few pieces: segments that are next to each other in one memory are joined without a copy.
 */
export function joinAdjacent(segments: readonly Uint8Array[], size: number): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  let rest = size;
  for (const segment of segments) {
    const length = Math.min(segment.byteLength, rest);
    rest -= length;
    const last = pieces.at(-1);
    if (last !== undefined && isBehind(last, segment) && last.byteLength + length <= MAX_PIECE) {
      pieces[pieces.length - 1] = new Uint8Array(last.buffer, last.byteOffset, last.byteLength + length);
    } else {
      pieces.push(segment.subarray(0, length));
    }
  }
  return pieces;
}

function isBehind(first: Uint8Array, second: Uint8Array): boolean {
  return first.buffer === second.buffer && first.byteOffset + first.byteLength === second.byteOffset;
}
