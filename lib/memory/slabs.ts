import { KIB } from "../limits.ts";

/** Size of a slab in bytes. A part consists of slabs. Of its last one only the beginning may be used, but all of it counts. */
export const SLAB_SIZE: number = 256 * KIB;

/** Slabs in a block, 2 MiB: a part begins in a block of its own, so that parts which are filled at the same time do not interleave. */
export const BLOCK_SLABS = 8;

/** Number of slabs that so many bytes need. */
export function slabsFor(bytes: number): number {
  return Math.ceil(bytes / SLAB_SIZE);
}

/** Number of whole slabs in so many bytes. */
export function slabsWithin(limit: number): number {
  return Math.floor(limit / SLAB_SIZE);
}

/** Slabs that are next to each other. */
interface Block {
  readonly bytes: Uint8Array;
  /** Bit i is set if slab i of the block can be used. */
  readonly all: number;
  /** Bit i is set while slab i is free. */
  free: number;
  newer: Block | undefined;
  older: Block | undefined;
}

/**
 * Slabs of memory, which are reused. A new block is made only if no whole block is free, and is kept.
 *
 * The next slab of a part is the one directly behind its last one, if that is free, so that most of a part is contiguous. Otherwise it is
 * the first slab of the block that was freed last, so that the program uses little memory.
 *
 *     slabs of all blocks = free + out <= limit,   each slab is out at most once
 */
export class Slabs {
  readonly #createBlock: () => Uint8Array;
  /** Slabs that new blocks can still have. */
  #left: number;
  /** Blocks by buffer and the number of a slab in it. */
  readonly #blocks = new Map<ArrayBufferLike, Map<number, Block>>();
  /** Blocks of which all slabs are free. */
  readonly #whole = new Blocks();
  /** Blocks of which some slabs are free. */
  readonly #broken = new Blocks();

  /**
   * @param createBlock Memory of `BLOCK_SLABS` slabs, at a multiple of `SLAB_SIZE` in its buffer.
   * @param limit Most slabs.
   */
  constructor(createBlock: () => Uint8Array, limit: number) {
    this.#createBlock = createBlock;
    this.#left = limit;
  }

  /**
   * A free slab with undefined content.
   *
   * @param after The slab before it in its part, or the beginning of one.
   * @throws RangeError if all slabs are out; and what `createBlock` throws.
   */
  allocate(after?: Uint8Array): Uint8Array {
    const behind = after && this.#find(after.buffer, after.byteOffset / SLAB_SIZE + 1);
    if (behind !== undefined && (behind.block.free & behind.bit) !== 0)
      return this.#take(behind.block, behind.bit);
    const block = this.#whole.newest ?? this.#addBlock() ?? this.#broken.newest;
    if (block === undefined) throw new RangeError("All slabs are out");
    return this.#take(block, block.free & -block.free);
  }

  /**
   * Takes a slab back.
   *
   * @param slab What `allocate` returned, or its beginning.
   * @throws RangeError if it was not given out.
   */
  free({ buffer, byteOffset }: Uint8Array): void {
    const found = this.#find(buffer, byteOffset / SLAB_SIZE);
    if (found === undefined || (found.block.free & found.bit) !== 0) {
      throw new RangeError("This is no slab that is out");
    }
    this.#setFree(found.block, found.block.free | found.bit);
  }

  #take(block: Block, bit: number): Uint8Array {
    this.#setFree(block, block.free & ~bit);
    const start = Math.log2(bit) * SLAB_SIZE;
    return block.bytes.subarray(start, start + SLAB_SIZE);
  }

  #setFree(block: Block, free: number): void {
    this.#listOf(block)?.remove(block);
    block.free = free;
    this.#listOf(block)?.add(block);
  }

  #listOf(block: Block): Blocks | undefined {
    if (block.free === 0) return undefined;
    return block.free === block.all ? this.#whole : this.#broken;
  }

  #find(
    buffer: ArrayBufferLike,
    number: number,
  ): { readonly block: Block; readonly bit: number } | undefined {
    const block = this.#blocks.get(buffer)?.get(number);
    if (block === undefined) return undefined;
    const bit = 1 << (number - block.bytes.byteOffset / SLAB_SIZE);
    return (block.all & bit) === 0 ? undefined : { block, bit };
  }

  #addBlock(): Block | undefined {
    if (this.#left === 0) return undefined;
    const bytes = this.#createBlock();
    const numbers = this.#blocks.get(bytes.buffer) ?? new Map<number, Block>();
    const first = bytes.byteOffset / SLAB_SIZE;
    if (bytes.byteLength !== BLOCK_SLABS * SLAB_SIZE || !Number.isInteger(first) || numbers.has(first)) {
      throw new RangeError("A block must be as large as asked for, at a place of its own");
    }
    const slabs = Math.min(BLOCK_SLABS, this.#left);
    const all = 2 ** slabs - 1;
    const block: Block = { bytes, all, free: all, newer: undefined, older: undefined };
    for (let slab = 0; slab < BLOCK_SLABS; slab++) numbers.set(first + slab, block);
    this.#blocks.set(bytes.buffer, numbers);
    this.#left -= slabs;
    this.#whole.add(block);
    return block;
  }
}

/** Blocks; the one that changed last comes first. */
class Blocks {
  newest: Block | undefined;

  add(block: Block): void {
    block.older = this.newest;
    if (this.newest !== undefined) this.newest.newer = block;
    this.newest = block;
  }

  remove(block: Block): void {
    if (block.newer === undefined) this.newest = block.older;
    else block.newer.older = block.older;
    if (block.older !== undefined) block.older.newer = block.newer;
    block.newer = undefined;
    block.older = undefined;
  }
}
