import { loadDependency } from "../dependency.ts";
import type { KernelMemory } from "./kernels/kernel-memory.ts";
import { crc64Of } from "./kernels/kernels.ts";
import { loadKernels, SCRATCH_BYTES } from "./kernels/load.ts";

/** Bytes at a time: they are copied into a memory of this size, by us for our kernel, by the package for its own. */
const RUN: number = SCRATCH_BYTES;

type Crc64OfBuffer = (bytes: Buffer, previous: string) => string;

/** `crc64-ecma182.js`: it takes 20 ms and 16 MiB to load, so it is loaded only where the kernels cannot be. */
let loading: Promise<void> | undefined;
let packaged: Crc64OfBuffer | undefined;

/** To be awaited before {@link crc64} is used; `undefined` where there is nothing to wait for. */
export function loadCrc64(): Promise<void> | undefined {
  return loadKernels() === undefined ? loadPackage() : undefined;
}

/** @throws CosUploadError `ERR_COS_DEPENDENCY`. */
export function loadPackage(): Promise<void> {
  loading ??= loadDependency("crc64-ecma182.js", () => import("crc64-ecma182.js")).then((module) => {
    packaged = module.default.crc64;
  });
  return loading;
}

/**
 * CRC-64/XZ (ECMA-182 polynomial, reflected, inverted), the checksum of COS's `x-cos-hash-crc64ecma`.
 *
 * @param bytes What to add.
 * @param previous The CRC64 of all bytes before them, an unsigned decimal; none or `"0"` to begin.
 * @returns An unsigned decimal of up to 20 digits.
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

/** CRC64 by `crc64-ecma182.js`, which overflows its heap with longer runs. {@link loadPackage} was awaited. */
export function byPackage(bytes: Uint8Array, previous: string): string {
  if (packaged === undefined) throw new Error("loadCrc64 was not awaited");
  let crc = previous;
  for (let start = 0; start < bytes.byteLength; start += RUN) {
    const length = Math.min(RUN, bytes.byteLength - start);
    crc = packaged(Buffer.from(bytes.buffer, bytes.byteOffset + start, length), crc);
  }
  return crc;
}
