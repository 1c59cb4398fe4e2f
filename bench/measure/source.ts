import { createCipheriv } from "node:crypto";
import { Readable } from "node:stream";
import type { Fault } from "./plan.ts";

const KIB = 1024;
const MIB = 1024 * KIB;
/** A source of tiny chunks repeats less of the pool, so that its views do not weigh more than the bytes. */
const MOST_VIEWS = 16_384;

export interface SourceOptions {
  readonly size: number;
  readonly chunkSize: number;
  readonly poolSize?: number | undefined;
  readonly fault?: Fault | undefined;
  /** Those of another source, to share its pool. */
  readonly chunks?: readonly Buffer[];
}

/** The same bytes in every process, and no two runs of 16 of them alike. */
export function createPool(size: number): Buffer {
  return createCipheriv("aes-128-ctr", Buffer.alloc(16, 7), Buffer.alloc(16)).update(Buffer.alloc(size));
}

/** Makes streams of `size` bytes in chunks of `chunkSize`, all views of one pool: a source that costs next to nothing. */
export class Source {
  readonly size: number;
  readonly chunkSize: number;
  readonly #chunks: readonly Buffer[];
  readonly #fault: Fault | undefined;

  constructor({ size, chunkSize, poolSize = 64 * MIB, fault, chunks }: SourceOptions) {
    this.size = size;
    this.chunkSize = chunkSize;
    this.#fault = fault;
    this.#chunks = chunks ?? createChunks(chunkSize, poolSize);
  }

  /** The same bytes as far as `size`, or on from there. */
  ofSize(size: number): Source {
    return new Source({ size, chunkSize: this.chunkSize, chunks: this.#chunks });
  }

  /** The chunk that begins at byte `offset`. */
  chunk(offset: number): Buffer {
    const chunk = this.#chunks[(offset / this.chunkSize) % this.#chunks.length]!;
    return this.size - offset >= this.chunkSize ? chunk : chunk.subarray(0, this.size - offset);
  }

  /** A stream of it; `onChunk` hears of each chunk that is asked for. */
  read(onChunk?: (length: number) => void): Readable {
    let offset = 0;
    const next = (): Buffer | null => {
      if (offset >= this.size) return null;
      const chunk = this.#withFault(this.chunk(offset), offset);
      offset += this.chunkSize;
      onChunk?.(chunk.length);
      return chunk;
    };
    return new Readable({
      highWaterMark: Math.max(this.chunkSize, 64 * KIB),
      read(): void {
        while (this.push(next())) {}
      },
    });
  }

  #withFault(chunk: Buffer, offset: number): Buffer {
    const middle = Math.floor(this.size / 2);
    if (this.#fault === undefined || offset > middle || offset + this.chunkSize <= middle) return chunk;
    if (this.#fault === "dropped-chunk") return chunk.subarray(0, 0);
    const flipped = Buffer.from(chunk);
    flipped[middle - offset]! ^= 1;
    return flipped;
  }
}

function createChunks(chunkSize: number, poolSize: number): Buffer[] {
  const count = Math.max(1, Math.min(Math.floor(poolSize / chunkSize), MOST_VIEWS));
  const pool = createPool(count * chunkSize);
  return Array.from({ length: count }, (_, at) => pool.subarray(at * chunkSize, (at + 1) * chunkSize));
}
