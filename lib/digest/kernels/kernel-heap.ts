import { MIB } from "../../limits.ts";
import type { MemoryShare } from "./kernel-memories.ts";
import { KernelMemory } from "./kernel-memory.ts";
import { AREA_BYTES, Kernels } from "./kernels.ts";
import type { WasmModule } from "./web-assembly.ts";

/** Size of a block in bytes. Clients take memory in blocks. */
export const HEAP_BLOCK: number = 2 * MIB;

/** Blocks of the first memory, 256 MiB. Each further memory is as large as all before it together, so that small programs need little. */
const MIN_BLOCKS = 128;
/** Most blocks of a memory, 1 GiB. */
const MAX_BLOCKS = 512;

/**
 * The memories that all clients of a process share, in blocks: V8 reserves 8 to 10 GiB of address space for each memory.
 *
 *     blocks of a memory = free + taken,   a block belongs to at most one client
 *
 * The heap has weak references only. A memory lives while a client has a block of it. After that it is reused until it is collected.
 */
export class KernelHeap {
  readonly module: WasmModule;
  readonly #memories = new Set<WeakRef<HeapMemory>>();

  constructor(module: WasmModule) {
    this.module = module;
  }

  /** A memory for synchronous use on the main thread. Its content is lost after that. */
  get scratch(): KernelMemory {
    return (this.#alive()[0] ?? this.#create(MIN_BLOCKS)).whole;
  }

  /**
   * The memory to take blocks from: one with so many free blocks, or a new one. If no new one can be made, any one with two free blocks.
   *
   * @param blocks Blocks that the client may need. In one memory they are faster: only parts in the same memory are digested together.
   * @throws CosUploadError `ERR_COS_NO_MEMORY`.
   */
  memoryFor(blocks: number): HeapMemory {
    const alive = this.#alive();
    const freest = alive.toSorted((a, b) => b.free - a.free)[0];
    if (freest !== undefined && freest.free >= Math.min(blocks, MAX_BLOCKS - 1)) return freest;
    const all = alive.reduce((sum, memory) => sum + memory.blocks, 0);
    try {
      return this.#create(Math.min(Math.max(MIN_BLOCKS, all, blocks + 1), MAX_BLOCKS));
    } catch (error) {
      // One block for the kernels of the client, one to fill.
      if (freest !== undefined && freest.free >= 2) return freest;
      throw error;
    }
  }

  #create(blocks: number): HeapMemory {
    const memory = new HeapMemory(this.module, blocks);
    this.#memories.add(new WeakRef(memory));
    return memory;
  }

  #alive(): HeapMemory[] {
    const alive: HeapMemory[] = [];
    for (const reference of this.#memories) {
      const memory = reference.deref();
      if (memory === undefined) this.#memories.delete(reference);
      else alive.push(memory);
    }
    return alive;
  }
}

/** A memory of the heap. Its first block is not given to clients: it is scratch. */
export class HeapMemory {
  readonly whole: KernelMemory;
  readonly blocks: number;
  readonly #module: WasmModule;
  /** Numbers of the free blocks; the last one is taken first. */
  readonly #free: number[] = [];

  constructor(module: WasmModule, blocks: number) {
    this.#module = module;
    this.blocks = blocks;
    this.whole = new KernelMemory(module, blocks * HEAP_BLOCK);
    for (let number = blocks - 1; number > 0; number--) this.#free.push(number);
  }

  /** Number of free blocks. */
  get free(): number {
    return this.#free.length;
  }

  /** A block with undefined content; `undefined` if none is free. */
  take(): Uint8Array | undefined {
    const number = this.#free.pop();
    if (number === undefined) return undefined;
    return this.whole.data.subarray(number * HEAP_BLOCK, (number + 1) * HEAP_BLOCK);
  }

  /** Takes blocks back. They are reused in this order. */
  giveBack(blocks: readonly Uint8Array[]): void {
    for (const { byteOffset } of blocks.toReversed()) {
      this.#free.push((byteOffset - this.whole.data.byteOffset) / HEAP_BLOCK);
    }
  }

  /** Kernels for one more client, which write to this block of its own. */
  share({ byteOffset }: Uint8Array): MemoryShare {
    const { memory } = this.whole;
    const kernels = new Kernels(this.#module, memory, byteOffset);
    return { memory, kernels, workerArea: byteOffset + AREA_BYTES };
  }
}
