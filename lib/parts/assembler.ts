import type { Digester } from "../digest/digester.ts";
import type { SegmentSource } from "../memory/segments.ts";
import { joinAdjacent } from "./body.ts";
import type { Part } from "./part.ts";
import { type PartPlan, tooLarge } from "./plan.ts";

export interface AssemblerOptions {
  readonly plan: PartPlan;
  readonly firstPartNumber?: number;
  readonly memory: SegmentSource;
  readonly createDigester: () => Digester;
  /** A part begins: its first byte is there, its memory is not yet taken. */
  readonly onBegin?: (partNumber: number, size: number) => void;
  /** A part is cut, and still to be digested: no more memory is taken for it. */
  readonly onCut?: (partNumber: number) => void;
  /** A part is digested. Its segments are the receiver's from now on. A short last part may come before a longer one. */
  readonly onPart: (part: Part, segments: readonly Uint8Array[]) => void;
  /** Segments of the stream in order, for a digest of the whole. */
  readonly onSegment?: ((bytes: Uint8Array) => void) | undefined;
}

/** The part being filled. */
interface OpenPart {
  readonly partNumber: number;
  readonly offset: number;
  readonly plannedSize: number;
  readonly digester: Digester;
  readonly segments: Uint8Array[];
  /** Bytes in it; all segments but the last are full. */
  size: number;
}

/**
 * Cuts bytes of any chunking into parts of exactly the planned sizes.
 *
 * Each byte is copied once, from the caller's chunk into a segment, so a chunk is the caller's again when `write`
 * returns. Invariant: the parts handed out, those being digested and the open part hold all bytes taken, in order,
 * without a gap.
 */
export class PartAssembler {
  readonly #options: AssemblerOptions;
  /** Of parts that are not handed out yet. */
  readonly #digesters = new Set<Digester>();
  #plan: PartPlan;
  #index = 0;
  #taken = 0;
  #part: OpenPart | undefined;
  /** The open part's last segment; kept beside it because every write looks at it. */
  #segment: Uint8Array | undefined;
  #filled = 0;
  #onEnd: (() => void) | undefined;

  constructor(options: AssemblerOptions) {
    this.#options = options;
    this.#plan = options.plan;
  }

  /** Cuts by another plan; before the first byte only. */
  recut(plan: PartPlan): void {
    this.#plan = plan;
  }

  /** Bytes taken so far. */
  get taken(): number {
    return this.#taken;
  }

  /** Full parts that are not handed out yet. */
  get partsDigesting(): number {
    return this.#digesters.size - (this.#part === undefined ? 0 : 1);
  }

  /**
   * Takes the bytes of `chunk` from index `from` to index `to`.
   *
   * @returns Index of the first byte that was not taken: `to`, or less when memory ran out.
   * @throws CosUploadError `ERR_COS_TOO_LARGE` at the first byte beyond the plan.
   */
  write(chunk: Uint8Array, from = 0, to: number = chunk.byteLength): number {
    let at = from;
    while (at < to) {
      const segment = this.#segment ?? this.#nextSegment();
      if (segment === undefined) return at;
      const length = Math.min(to - at, segment.byteLength - this.#filled);
      segment.set(length === chunk.byteLength ? chunk : chunk.subarray(at, at + length), this.#filled);
      at += length;
      this.#filled += length;
      this.#taken += length;
      if (this.#filled === segment.byteLength) this.#closeSegment(segment);
    }
    return at;
  }

  /** The stream is over. Calls back when the last part is handed out. */
  end(done: () => void): void {
    this.#onEnd = done;
    if (this.#segment !== undefined) this.#closeSegment(this.#segment.subarray(0, this.#filled));
    if (this.#part !== undefined) this.#cut(this.#part);
    this.#tellIfOver();
  }

  /** Drops all parts that are not handed out; the memory that they are in may be used for others. */
  discard(): void {
    this.#part = undefined;
    this.#segment = undefined;
    this.#onEnd = undefined;
    for (const digester of this.#digesters) digester.discard();
    this.#digesters.clear();
  }

  #nextSegment(): Uint8Array | undefined {
    this.#part ??= this.#openPart();
    const { plannedSize, size, segments } = this.#part;
    this.#segment = this.#options.memory.acquire(plannedSize - size);
    if (this.#segment !== undefined) segments.push(this.#segment);
    return this.#segment;
  }

  #openPart(): OpenPart {
    const { firstPartNumber = 1, createDigester, onBegin } = this.#options;
    if (this.#index >= this.#plan.maxParts) throw tooLarge(this.#plan);
    const partNumber = firstPartNumber + this.#index;
    const plannedSize = this.#plan.size(this.#index);
    this.#index += 1;
    // First, as it may fail: nothing is begun then.
    const digester = createDigester();
    onBegin?.(partNumber, plannedSize);
    this.#digesters.add(digester);
    return { partNumber, offset: this.#taken, plannedSize, digester, segments: [], size: 0 };
  }

  /** `segment` is the open one, or its filled beginning when the stream ended in it. */
  #closeSegment(segment: Uint8Array): void {
    const part = this.#part!;
    part.size += segment.byteLength;
    this.#segment = undefined;
    this.#filled = 0;
    part.digester.update(segment);
    this.#options.onSegment?.(segment);
    if (part.size === part.plannedSize) this.#cut(part);
  }

  #cut({ partNumber, offset, size, segments, digester }: OpenPart): void {
    this.#part = undefined;
    this.#options.onCut?.(partNumber);
    digester.digest((digests) => {
      this.#digesters.delete(digester);
      const body = joinAdjacent(segments, size);
      this.#options.onPart({ partNumber, offset, size, body, ...digests }, segments);
      this.#tellIfOver();
    });
  }

  #tellIfOver(): void {
    if (this.#digesters.size > 0) return;
    const onEnd = this.#onEnd;
    this.#onEnd = undefined;
    onEnd?.();
  }
}
