import { CosUploadError } from "../../errors.ts";
import { KERNELS } from "./compiled-kernels.ts";
import { KernelHeap } from "./kernel-heap.ts";
import type { KernelMemory } from "./kernel-memory.ts";
import { BLOCK, CRC64_START, crc64Of, LONG_RUN, MD5_START, md5Of } from "./kernels.ts";
import { webAssembly } from "./web-assembly.ts";

/** `undefined` before the first use. After that it never changes, and is the same for all code. */
let loaded: { readonly kernels: KernelHeap | undefined; readonly failure?: unknown } | undefined;
let isFailureReported = false;

/**
 * The compiled kernels and their memories, or `undefined` if they cannot be used: the engine has no SIMD or no shared memory, the process has no address
 * space for them, or they compute wrong values.
 */
export function loadKernels(): KernelHeap | undefined {
  if (loaded === undefined) {
    try {
      loaded = { kernels: compileKernels(Buffer.from(KERNELS, "base64")) };
    } catch (failure) {
      loaded = { kernels: undefined, failure };
    }
  }
  return loaded.kernels;
}

/**
 * `ERR_COS_SLOW_HASHING`, a warning that says why the kernels cannot be used although there is WebAssembly. Only the first call after the
 * failure returns it; all others return `undefined`.
 */
export function takeKernelWarning(): CosUploadError | undefined {
  if (loaded?.failure === undefined || isFailureReported || webAssembly() === undefined) return undefined;
  isFailureReported = true;
  return new CosUploadError(
    "ERR_COS_SLOW_HASHING",
    "The WebAssembly that hashes parts cannot be used here, so that node:crypto and crc64-ecma182.js hash them, at about a quarter " +
      "of the speed; it needs SIMD, shared memory, and address space for both",
    { cause: loaded.failure },
  );
}

/**
 * Compiles kernels, and checks them against known values.
 *
 * @throws What the engine throws, or an Error if they compute other values.
 */
export function compileKernels(binary: Uint8Array): KernelHeap {
  const heap = new KernelHeap(new (webAssembly().Module)(binary));
  if (!areRight(heap.scratch)) throw new Error("The hash kernels do not compute what they should");
  return heap;
}

/** Long enough for a CRC64 that is thinned, with an end that is not a complete block. */
const SAMPLE_BYTES = LONG_RUN + 9;

/** By `crc64-ecma182.js` and `node:crypto`; the MD5s are of 640 bytes of the sample from byte 0, 1, 2 and 3 on. */
const CHECK = {
  digits: 0x995d_c9bb_df19_39fan,
  sample: 0x41b0_d2d3_df8a_79edn,
  lanes: [
    "faa88d3fc13097f0ceaa06c75efed922",
    "15bcc87eb2d8edee04963322737e0553",
    "8be2293a5f22d0a4a7f719f981bcb07f",
    "38af1d64a8dd5119a009308e42cbc39e",
  ],
} as const;

function areRight({ kernels, data }: KernelMemory): boolean {
  const address = data.byteOffset;
  const crc64 = (length: number): bigint => crc64Of(kernels.crc64(CRC64_START, [{ address, length }]));
  data.set(Buffer.from("123456789"));
  if (crc64(9) !== CHECK.digits) return false;
  for (let i = 0; i < SAMPLE_BYTES; i++) data[i] = i * 7 + (i >> 8);
  if (crc64(SAMPLE_BYTES) !== CHECK.sample) return false;
  const addresses = CHECK.lanes.map((_, lane) => address + lane);
  const states = kernels.md5(
    CHECK.lanes.map(() => MD5_START),
    addresses,
    640 / BLOCK,
  );
  return states.every((state, lane) => {
    const digest = md5Of(kernels.md5Tail(state, { address, length: 0 }, 640));
    return digest.toString("hex") === CHECK.lanes[lane];
  });
}
