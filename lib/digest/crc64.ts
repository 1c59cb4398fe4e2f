import { crc64 as crc64OfBuffer } from "crc64-ecma182.js";
import { KIB } from "../limits.ts";

/** The package copies its input into a heap of fixed size: longer runs would overflow it. */
const RUN = 256 * KIB;

/**
 * CRC-64/XZ (ECMA-182 polynomial, reflected, inverted), the checksum of COS's `x-cos-hash-crc64ecma`.
 *
 * @param bytes What to add.
 * @param previous The CRC64 of all bytes before them, an unsigned decimal; none or `"0"` to begin.
 * @returns An unsigned decimal of up to 20 digits.
 */
export function crc64(bytes: Uint8Array, previous = "0"): string {
  let crc = previous;
  for (let start = 0; start < bytes.byteLength; start += RUN) {
    const length = Math.min(RUN, bytes.byteLength - start);
    crc = crc64OfBuffer(Buffer.from(bytes.buffer, bytes.byteOffset + start, length), crc);
  }
  return crc;
}
