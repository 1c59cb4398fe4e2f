import type { KernelMemories } from "../digest/kernels/kernel-memories.ts";
import { KernelMemory } from "../digest/kernels/kernel-memory.ts";
import type { WasmModule } from "../digest/kernels/web-assembly.ts";
import { CosUploadError } from "../errors.ts";
import { SLAB_SIZE } from "./slabs.ts";

/** Most slabs of one block: 256 MiB of address space, reserved at once. More memory needs several blocks. */
const MAX_BLOCK = 1024;

/**
 * Blocks of closed clients, kept for the next client. Otherwise, a program that makes one upload after another would let the system
 * clear memory for each, and would keep all of it until the next garbage collection, because memory outside the heap does not cause
 * one. Blocks that are not used again are collected.
 */
const spare = new Set<WeakRef<KernelMemory>>();

/** The blocks that the slabs of a client are cut from: memory of the hash kernels, or ordinary buffers if there are no kernels. */
export class Blocks {
  readonly #memories: KernelMemories | undefined;
  /** Slabs of each block. */
  readonly slabs: number;

  /** @param limit Most bytes that are needed at the same time. */
  constructor(memories: KernelMemories | undefined, limit: number) {
    this.#memories = memories;
    this.slabs = Math.min(Math.ceil(limit / SLAB_SIZE), MAX_BLOCK);
  }

  create(): Uint8Array {
    const size = this.slabs * SLAB_SIZE;
    if (this.#memories === undefined) return Buffer.allocUnsafeSlow(size);
    const memory = takeSpare(size) ?? createMemory(this.#memories.module, size);
    this.#memories.add(memory);
    return memory.data;
  }

  /** Gives the blocks back. No code may read or write them any more. */
  release(): void {
    for (const memory of this.#memories?.clear() ?? []) spare.add(new WeakRef(memory));
  }
}

function createMemory(module: WasmModule, size: number): KernelMemory {
  try {
    return new KernelMemory(module, size);
  } catch (cause) {
    const message =
      `The system has no address space for ${size} bytes of part memory; lower "memory", ` +
      "raise the process's limit, or let streams share a client";
    throw new CosUploadError("ERR_COS_NO_MEMORY", message, { cause });
  }
}

function takeSpare(size: number): KernelMemory | undefined {
  for (const reference of spare) {
    const memory = reference.deref();
    if (memory !== undefined && memory.data.byteLength !== size) continue;
    spare.delete(reference);
    if (memory !== undefined) return memory;
  }
  return undefined;
}
