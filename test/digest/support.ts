import { createHash } from "node:crypto";
import { crc64 as packageCrc64 } from "crc64-ecma182.js";
import type { Digester, Digests } from "../../lib/digest/digester.ts";
import { KernelMemories } from "../../lib/digest/kernels/kernel-memories.ts";
import { KernelMemory } from "../../lib/digest/kernels/kernel-memory.ts";
import { loadKernels } from "../../lib/digest/kernels/load.ts";
import type { WasmModule } from "../../lib/digest/kernels/web-assembly.ts";
import { MIB, seededBytes } from "../support/bytes.ts";

/** The kernels; these tests are for where they can be used. */
export function kernelModule(): WasmModule {
  const module = loadKernels();
  if (module === undefined) throw new Error("the kernels cannot be loaded here");
  return module;
}

/** Memories of the kernels, filled with seeded bytes. */
export function filledMemories(count: number, size: number = MIB): KernelMemories {
  const memories = new KernelMemories(kernelModule());
  for (let number = 0; number < count; number++) {
    const memory = new KernelMemory(memories.module, size);
    memory.data.set(seededBytes(size, number + 1));
    memories.add(memory);
  }
  return memories;
}

/** CRC64 by `crc64-ecma182.js`, whose heap takes no long runs. */
export function oracleCrc64(bytes: Uint8Array, previous = "0"): string {
  let crc = previous;
  for (let at = 0; at < bytes.byteLength; at += 100_000) {
    crc = packageCrc64(Buffer.from(bytes.subarray(at, at + 100_000)), crc);
  }
  return crc;
}

export function oracleMd5(bytes: Uint8Array): string {
  return createHash("md5").update(bytes).digest("base64");
}

/** The digests by `node:crypto` and `crc64-ecma182.js`. */
export function oracleDigests(bytes: Uint8Array): Digests {
  return { md5: oracleMd5(bytes), crc64: oracleCrc64(bytes) };
}

/** The end of a part. */
export function digestsFrom(digester: Digester): Promise<Digests> {
  return new Promise((resolve) => digester.digest(resolve));
}
