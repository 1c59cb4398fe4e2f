import { KIB } from "../limits.ts";

/** Size of a slab in bytes. A part consists of slabs; of its last one, only the beginning is used. */
export const SLAB_SIZE: number = 256 * KIB;

/** Slabs in a run, 2 MiB: a part begins in a run of its own, so that parts which are filled at the same time do not interleave. */
const RUN_SLABS = 8;

/** Slabs of one block, 128 MiB. */
const BLOCK_SLABS = 512;

interface Block {
  readonly bytes: Uint8Array;
  readonly runs: readonly Run[];
}

/** Slabs of one block that are next to each other. */
interface Run {
  readonly block: Block;
  /** Number of its first slab in the block. */
  readonly first: number;
  /** Bit i is set if slab `first + i` exists. */
  readonly all: number;
  /** Bit i is set while slab `first + i` is free. */
  free: number;
  newer: Run | undefined;
  older: Run | undefined;
}

/**
 * Slabs of memory, which are reused. A new block is made only if no slab is free, and is kept.
 *
 * The next slab of a part is the one directly behind its last one, if that is free, so that most of a part is contiguous. Otherwise it is
 * the first slab of the run that was freed last, so that the program uses little memory.
 *
 *     slabs of all blocks = free + out,   each slab is out once at a time
 */
export class Slabs {
  readonly #createBlock: (slabs: number) => Uint8Array;
  readonly #blockSlabs: number;
  readonly #blocks = new Map<ArrayBufferLike, Block>();
  /** Runs of which all slabs are free. */
  readonly #whole = new Runs();
  /** Runs of which some slabs are free. */
  readonly #broken = new Runs();

  /** @param createBlock Memory of `slabs` × `SLAB_SIZE` bytes, a view of a buffer of its own. */
  constructor(createBlock: (slabs: number) => Uint8Array, blockSlabs: number = BLOCK_SLABS) {
    this.#createBlock = createBlock;
    this.#blockSlabs = blockSlabs;
  }

  /**
   * A free slab with undefined content.
   *
   * @param after The slab before it in its part, or the beginning of one.
   * @throws What `createBlock` throws.
   */
  allocate(after?: Uint8Array): Uint8Array {
    const behind = after && this.#behind(after);
    if (behind !== undefined) return this.#take(behind.run, behind.bit);
    if (this.#whole.newest === undefined && this.#broken.newest === undefined) this.#addBlock();
    const run = (this.#whole.newest ?? this.#broken.newest)!;
    return this.#take(run, run.free & -run.free);
  }

  /**
   * Takes a slab back.
   *
   * @param slab What `allocate` returned, or its beginning.
   * @throws RangeError if it was not given out.
   */
  free(slab: Uint8Array): void {
    const { block, number } = this.#find(slab);
    const run = block?.runs[Math.floor(number / RUN_SLABS)];
    const bit = 1 << (number % RUN_SLABS);
    if (run === undefined || !Number.isInteger(number) || (run.free & bit) !== 0) {
      throw new RangeError("This is no slab that is out");
    }
    this.#setFree(run, run.free | bit);
  }

  #take(run: Run, bit: number): Uint8Array {
    this.#setFree(run, run.free & ~bit);
    const start = (run.first + Math.log2(bit)) * SLAB_SIZE;
    return run.block.bytes.subarray(start, start + SLAB_SIZE);
  }

  #setFree(run: Run, free: number): void {
    this.#listOf(run)?.remove(run);
    run.free = free;
    this.#listOf(run)?.add(run);
  }

  #listOf(run: Run): Runs | undefined {
    if (run.free === 0) return undefined;
    return run.free === run.all ? this.#whole : this.#broken;
  }

  /** The slab behind another in its block, if it is free. */
  #behind(slab: Uint8Array): { readonly run: Run; readonly bit: number } | undefined {
    const { block, number } = this.#find(slab);
    const run = block?.runs[Math.floor((number + 1) / RUN_SLABS)];
    const bit = 1 << ((number + 1) % RUN_SLABS);
    return run !== undefined && (run.free & bit) !== 0 ? { run, bit } : undefined;
  }

  #find(slab: Uint8Array): { readonly block: Block | undefined; readonly number: number } {
    const block = this.#blocks.get(slab.buffer);
    return { block, number: (slab.byteOffset - (block?.bytes.byteOffset ?? 0)) / SLAB_SIZE };
  }

  #addBlock(): void {
    const bytes = this.#createBlock(this.#blockSlabs);
    if (bytes.byteLength !== this.#blockSlabs * SLAB_SIZE || this.#blocks.has(bytes.buffer)) {
      throw new RangeError("A block must be as large as asked for, in a buffer of its own");
    }
    const runs: Run[] = [];
    const block = { bytes, runs };
    for (let first = 0; first < this.#blockSlabs; first += RUN_SLABS) {
      const all = 2 ** Math.min(RUN_SLABS, this.#blockSlabs - first) - 1;
      runs.push({ block, first, all, free: all, newer: undefined, older: undefined });
    }
    this.#blocks.set(bytes.buffer, block);
    for (const run of runs.toReversed()) this.#whole.add(run);
  }
}

/** Runs; the one that changed last comes first. */
class Runs {
  newest: Run | undefined;

  add(run: Run): void {
    run.older = this.newest;
    if (this.newest !== undefined) this.newest.newer = run;
    this.newest = run;
  }

  remove(run: Run): void {
    if (run.newer === undefined) this.newest = run.older;
    else run.newer.older = run.older;
    if (run.older !== undefined) run.older.newer = run.newer;
    run.newer = undefined;
    run.older = undefined;
  }
}
