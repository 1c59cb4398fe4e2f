import { crc64 as crc64OfBuffer } from "crc64-ecma182.js";
import { KIB } from "../limits.ts";
import { KernelMemory } from "./kernels/kernel-memory.ts";
import { crc64Of } from "./kernels/kernels.ts";
import { loadKernels } from "./kernels/load.ts";

/** Bytes at a time: they are copied into a memory of this size, by us for our kernel, by the package for its own. */
const RUN: number = 256 * KIB;

/** Where bytes are copied that lie in no memory of the kernels; made at the first use, as it is the same for all. */
let scratch: { readonly memory: KernelMemory | undefined } | undefined;

/**
 * CRC-64/XZ (ECMA-182 polynomial, reflected, inverted), the checksum of COS's `x-cos-hash-crc64ecma`.
 *
 * @param bytes What to add.
 * @param previous The CRC64 of all bytes before them, an unsigned decimal; none or `"0"` to begin.
 * @returns An unsigned decimal of up to 20 digits.
 */
export function crc64(bytes: Uint8Array, previous = "0"): string {
  scratch ??= { memory: createScratch() };
  return (scratch.memory === undefined ? byPackage : byKernel(scratch.memory))(bytes, previous);
}

function createScratch(): KernelMemory | undefined {
  try {
    const module = loadKernels();
    return module && new KernelMemory(module, RUN);
  } catch {
    // A process may have address space for a few such memories only.
    return undefined;
  }
}

function byKernel({ kernels, data }: KernelMemory): typeof byPackage {
  return (bytes, previous) => {
    let register = ~BigInt(previous);
    for (let start = 0; start < bytes.byteLength; start += RUN) {
      const run = bytes.subarray(start, start + RUN);
      data.set(run);
      register = kernels.crc64(register, [{ address: data.byteOffset, length: run.byteLength }]);
    }
    return crc64Of(register).toString();
  };
}

/** CRC64 by `crc64-ecma182.js`, which overflows its heap with longer runs. */
export function byPackage(bytes: Uint8Array, previous: string): string {
  let crc = previous;
  for (let start = 0; start < bytes.byteLength; start += RUN) {
    const length = Math.min(RUN, bytes.byteLength - start);
    crc = crc64OfBuffer(Buffer.from(bytes.buffer, bytes.byteOffset + start, length), crc);
  }
  return crc;
}
