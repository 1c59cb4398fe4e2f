import type { KernelMemories } from "../digest/kernels/kernel-memories.ts";
import { KernelMemory } from "../digest/kernels/kernel-memory.ts";
import type { WasmModule } from "../digest/kernels/web-assembly.ts";
import { CosUploadError } from "../errors.ts";
import { SLAB_SIZE } from "./slabs.ts";

/** Most slabs of one block, 256 MiB: address space that is reserved at once. Memory beyond it is made of several. */
const MAX_BLOCK = 1024;

/**
 * Blocks that their client has closed, for the next one: a program that makes one upload after another would otherwise have
 * the system clear the memory of each, and would hold that of all until the next garbage collection, which memory outside
 * the heap does not hasten. What is not used again is collected.
 */
const spare = new Set<WeakRef<KernelMemory>>();

/** The regions that a client's slabs are cut from: memory of the hash kernels, or ordinary buffers where there are none. */
export class Blocks {
  readonly #memories: KernelMemories | undefined;
  /** Slabs of each block. */
  readonly slabs: number;

  /** @param limit Most bytes that are wanted at a time. */
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

  /** Nobody reads or writes them any more. */
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
