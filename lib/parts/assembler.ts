import type { Digester } from "../digest/digester.ts";
import type { SegmentSource } from "../memory/part-memory.ts";
import { joinAdjacent } from "./body.ts";
import type { Part } from "./part.ts";
import { type PartPlan, tooLarge } from "./plan.ts";

export interface AssemblerOptions {
  readonly plan: PartPlan;
  readonly firstPartNumber?: number;
  readonly memory: SegmentSource;
  readonly createDigester: () => Digester;
  /** A part begins: its first byte is there, its memory is not taken yet. */
  readonly onBegin?: (partNumber: number, size: number) => void;
  /** A part is full and not digested yet: it takes no more memory. */
  readonly onCut?: (partNumber: number) => void;
  /** A part is digested. Its segments belong to the receiver from now on. A short last part can come before a longer one. */
  readonly onPart: (part: Part, segments: readonly Uint8Array[]) => void;
  /** The segments of the stream in order, for the digest of the whole stream. */
  readonly onSegment?: ((bytes: Uint8Array) => void) | undefined;
}

/** The part that is being filled. */
interface OpenPart {
  readonly partNumber: number;
  readonly offset: number;
  readonly plannedSize: number;
  readonly digester: Digester;
  readonly segments: Uint8Array[];
  /** Bytes in it. All its segments but the last are full. */
  size: number;
}

/**
 * Cuts chunks of any size into parts of exactly the planned sizes.
 *
 * Each byte is copied once, from the chunk into a segment. So the chunk belongs to the caller again when `write` returns. Invariant: the
 * parts that were handed out, the parts that are being digested and the open part have all bytes that were taken, in order, without
 * a gap.
 */
export class PartAssembler {
  readonly #options: AssemblerOptions;
  /** The digesters of the parts that are not handed out yet. */
  readonly #digesters = new Set<Digester>();
  #plan: PartPlan;
  #index = 0;
  #taken = 0;
  #part: OpenPart | undefined;
  /** The last segment of the open part. It has a field of its own because every write reads it. */
  #segment: Uint8Array | undefined;
  #filled = 0;
  #onEnd: (() => void) | undefined;

  constructor(options: AssemblerOptions) {
    this.#options = options;
    this.#plan = options.plan;
  }

  /** Cuts by another plan. Only before the first byte. */
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
   * @returns Index of the first byte that was not taken: `to`, or less if there was no memory.
   * @throws CosUploadError `ERR_COS_TOO_LARGE` at the first byte that the plan has no part for.
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

  /** The stream has ended. Calls back when the last part is handed out. */
  end(done: () => void): void {
    this.#onEnd = done;
    if (this.#segment !== undefined) this.#closeSegment(this.#segment.subarray(0, this.#filled));
    if (this.#part !== undefined) this.#cut(this.#part);
    this.#callBackIfOver();
  }

  /** Drops all parts that are not handed out. Their memory can be used for others. */
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
    // First, because it can fail; then nothing has begun.
    const digester = createDigester();
    onBegin?.(partNumber, plannedSize);
    this.#digesters.add(digester);
    return { partNumber, offset: this.#taken, plannedSize, digester, segments: [], size: 0 };
  }

  /** @param segment The open segment; or its filled beginning, if the stream ended in it. */
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
      this.#callBackIfOver();
    });
  }

  #callBackIfOver(): void {
    if (this.#digesters.size > 0) return;
    const onEnd = this.#onEnd;
    this.#onEnd = undefined;
    onEnd?.();
  }
}
