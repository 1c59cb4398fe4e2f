import { HEAP_BLOCK, type HeapMemory, type KernelHeap } from "../digest/kernels/kernel-heap.ts";
import { KernelMemories } from "../digest/kernels/kernel-memories.ts";
import { CosUploadError } from "../errors.ts";
import { BLOCK_SLABS } from "./slabs.ts";

/** The blocks that a supply took, by memory. */
type Taken = Map<HeapMemory, Uint8Array[]>;

/** For clients that are never closed. */
const forgotten = new FinalizationRegistry<Taken>(giveBack);

/** The blocks that the slabs of a client are cut from: of memories of the hash kernels, or ordinary buffers if there are no kernels. */
export class BlockSupply {
  /** The memories that have blocks of this supply; undefined without kernels. */
  readonly memories: KernelMemories | undefined;
  readonly #heap: KernelHeap | undefined;
  readonly #blocks: number;
  readonly #taken: Taken = new Map();
  #memory: HeapMemory | undefined;

  /** @param limit Most slabs that are needed at the same time. */
  constructor(heap: KernelHeap | undefined, limit: number) {
    this.memories = heap && new KernelMemories(heap.module);
    this.#heap = heap;
    this.#blocks = Math.ceil(limit / BLOCK_SLABS);
    forgotten.register(this, this.#taken);
  }

  /**
   * A block of `BLOCK_SLABS` slabs with undefined content.
   *
   * @throws CosUploadError `ERR_COS_NO_MEMORY`.
   */
  create(): Uint8Array {
    if (this.#heap === undefined) return ordinaryBlock();
    if (this.#memory === undefined || this.#memory.free === 0) this.#memory = this.#chooseMemory(this.#heap);
    return this.#take(this.#memory);
  }

  /** Gives the blocks back. No code may read or write them any more. */
  release(): void {
    giveBack(this.#taken);
  }

  #chooseMemory(heap: KernelHeap): HeapMemory {
    // One more: the kernels write to it.
    const memory = heap.memoryFor(this.#blocks + 1);
    if (!this.#taken.has(memory)) this.memories?.add(memory.share(this.#take(memory)));
    return memory;
  }

  #take(memory: HeapMemory): Uint8Array {
    const block = memory.take()!;
    const taken = this.#taken.get(memory);
    if (taken === undefined) this.#taken.set(memory, [block]);
    else taken.push(block);
    return block;
  }
}

function giveBack(taken: Taken): void {
  for (const [memory, blocks] of taken) memory.giveBack(blocks);
  taken.clear();
}

function ordinaryBlock(): Uint8Array {
  try {
    return Buffer.allocUnsafeSlow(HEAP_BLOCK);
  } catch (cause) {
    throw new CosUploadError(
      "ERR_COS_NO_MEMORY",
      `The system has no more memory for parts; lower "memory", which counts for each client, or let streams share a client`,
      { cause },
    );
  }
}
