import { createCipheriv } from "node:crypto";
import { Readable } from "node:stream";

export const KIB = 1024;
export const MIB: number = 1024 * KIB;

/** Bytes that look random and are the same for the same seed, on every machine. */
export function seededBytes(size: number, seed = 1): Buffer {
  const iv = Buffer.alloc(16);
  iv.writeUInt32BE(seed >>> 0);
  return createCipheriv("aes-128-ctr", Buffer.alloc(16, 7), iv).update(Buffer.alloc(size));
}

/** A Readable of the bytes in chunks of one size. */
export function readableOf(bytes: Uint8Array, chunkSize: number = 64 * KIB): Readable {
  return Readable.from(
    (function* () {
      for (let at = 0; at < bytes.byteLength; at += chunkSize) yield bytes.subarray(at, at + chunkSize);
    })(),
    { objectMode: false },
  );
}
