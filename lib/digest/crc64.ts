import { notLoaded } from "../dependency.ts";
import { KIB } from "../limits.ts";
import loadPackage from "./crc64-package.cts";
import type { KernelMemory } from "./kernels/kernel-memory.ts";
import { crc64Of } from "./kernels/kernels.ts";
import { loadKernels } from "./kernels/load.ts";

/** Bytes that are computed at once. They are copied into a memory of this size: by this file for our kernel, by the package for its own. */
const RUN: number = 256 * KIB;

interface Crc64Package {
  crc64(bytes: Buffer, previous: string): string;
}

/** `crc64-ecma182.js`. Loading it takes 20 ms and 16 MiB, so it is loaded only if the kernels cannot be used. */
let loaded: Crc64Package | undefined;

/**
 * Loads what {@link crc64} needs, so that it does not fail later.
 *
 * @throws CosUploadError `ERR_COS_DEPENDENCY`.
 */
export function prepareCrc64(): void {
  if (loadKernels() === undefined) crc64Package();
}

function crc64Package(): Crc64Package {
  try {
    loaded ??= (loadPackage as unknown as () => Crc64Package)();
    return loaded;
  } catch (error) {
    throw notLoaded("crc64-ecma182.js", error);
  }
}

/**
 * CRC-64/XZ (ECMA-182 polynomial, reflected, inverted), the checksum of COS's `x-cos-hash-crc64ecma`.
 *
 * @param bytes What to add.
 * @param previous The CRC64 of all bytes before them, an unsigned decimal; undefined or `"0"` at the beginning.
 * @returns An unsigned decimal of up to 20 digits.
 * @throws CosUploadError `ERR_COS_DEPENDENCY`.
 */
export function crc64(bytes: Uint8Array, previous = "0"): string {
  const scratch = loadKernels()?.scratch;
  return scratch === undefined ? byPackage(bytes, previous) : byKernel(scratch, bytes, previous);
}

function byKernel({ kernels, data }: KernelMemory, bytes: Uint8Array, previous: string): string {
  let register = ~BigInt(previous);
  for (let start = 0; start < bytes.byteLength; start += RUN) {
    const run = bytes.subarray(start, start + RUN);
    data.set(run);
    register = kernels.crc64(register, [{ address: data.byteOffset, length: run.byteLength }]);
  }
  return crc64Of(register).toString();
}

/** CRC64 by `crc64-ecma182.js`, whose heap overflows with longer runs. */
export function byPackage(bytes: Uint8Array, previous: string): string {
  const { crc64 } = crc64Package();
  let crc = previous;
  for (let start = 0; start < bytes.byteLength; start += RUN) {
    const length = Math.min(RUN, bytes.byteLength - start);
    crc = crc64(Buffer.from(bytes.buffer, bytes.byteOffset + start, length), crc);
  }
  return crc;
}
