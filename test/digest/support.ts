import { createHash } from "node:crypto";
import { crc64 as packageCrc64 } from "crc64-ecma182.js";
import type { Digester, Digests } from "../../lib/digest/digester.ts";
import { HASH_THREAD } from "../../lib/digest/hash-thread-source.ts";
import { KernelMemories } from "../../lib/digest/kernels/kernel-memories.ts";
import { KernelMemory } from "../../lib/digest/kernels/kernel-memory.ts";
import { KERNEL_BYTES } from "../../lib/digest/kernels/kernels.ts";
import { loadKernels } from "../../lib/digest/kernels/load.ts";
import type { WasmModule } from "../../lib/digest/kernels/web-assembly.ts";
import { MIB, seededBytes } from "../support/bytes.ts";

/** The kernels; these tests are for where they can be used. */
export function kernelModule(): WasmModule {
  const kernels = loadKernels();
  if (kernels === undefined) throw new Error("the kernels cannot be loaded here");
  return kernels.module;
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

/** What can be filled of a memory. */
export function dataOf(memories: KernelMemories, number: number): Uint8Array {
  return new Uint8Array(memories.at(number).memory.buffer, KERNEL_BYTES);
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

/** One call of the four-lane MD5 on the main thread. */
export interface Md5Call {
  readonly lanes: number;
  readonly blocks: number;
}

export interface WatchedMemory {
  readonly memories: KernelMemories;
  readonly data: Uint8Array;
  readonly calls: Md5Call[];
}

/** One memory of seeded bytes, that tells what is hashed in it on the main thread. */
export function watchedMemory(size: number): WatchedMemory {
  const filled = filledMemories(1, size);
  const data = dataOf(filled, 0);
  const { kernels, memory, workerArea } = filled.at(0);
  const calls: Md5Call[] = [];
  const watched = new Proxy(kernels, {
    get: (target, name) => {
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== "function") return value;
      return (...args: unknown[]): unknown => {
        if (name === "md5") calls.push({ lanes: (args[0] as unknown[]).length, blocks: args[2] as number });
        return value.apply(target, args);
      };
    },
  });
  const memories = new KernelMemories(kernelModule());
  memories.add({ kernels: watched, memory, workerArea });
  return { memories, data, calls };
}

/** The thread's program, which does something else before its n-th job. */
export function failingThread(job: number, failure: string): string {
  const before = `
    const { parentPort } = process.getBuiltinModule("node:worker_threads");
    let jobs = 0;
    const on = parentPort.on.bind(parentPort);
    parentPort.on = (event, listener) =>
      on(event, (message) => {
        if (++jobs === ${job}) { ${failure} }
        listener(message);
      });
  `;
  // In a block, as both may have the same names.
  return `{ ${before} }\n${HASH_THREAD}`;
}
