import { readFileSync } from "node:fs";
import { KernelMemory } from "./kernel-memory.ts";
import { BLOCK, CRC64_START, crc64Of, LONG_RUN, MD5_START, md5Of } from "./kernels.ts";
import { type WasmModule, webAssembly } from "./web-assembly.ts";

/** `undefined` before the first use. It never changes after it, and no two users could want different ones. */
let shipped: { readonly module: WasmModule | undefined } | undefined;

/**
 * The compiled kernels, or `undefined` where they cannot be used: their file is not there (bundlers leave it behind), the
 * engine has no SIMD or no shared memory, or what they compute is wrong.
 */
export function loadKernels(): WasmModule | undefined {
  shipped ??= { module: compileKernels(() => readFileSync(new URL("kernels.wasm", import.meta.url))) };
  return shipped.module;
}

/** Compiles kernels, and checks them against known values. */
export function compileKernels(read: () => Uint8Array): WasmModule | undefined {
  try {
    const module = new (webAssembly().Module)(read());
    return areRight(module) ? module : undefined;
  } catch {
    return undefined;
  }
}

/** Long enough for a CRC64 that is thinned, with an end that is no whole block. */
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

function areRight(module: WasmModule): boolean {
  const { kernels, data } = new KernelMemory(module, SAMPLE_BYTES);
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
