import type { Digester } from "../digest/digester.ts";
import { KIB } from "../limits.ts";
import { SEGMENT_SIZE, type SegmentSource } from "../memory/segments.ts";
import type { Part } from "./part.ts";
import { type PartPlan, tooLarge } from "./plan.ts";

/**
 * Bytes are digested in runs of about this many, right after they were copied and while they are still in the
 * processor's cache: often enough for that, seldom enough that 64-byte writes do not pay for a hash call each.
 */
const DIGEST_RUN = 64 * KIB;

export interface AssemblerOptions {
  readonly plan: PartPlan;
  readonly firstPartNumber?: number;
  readonly memory: SegmentSource;
  readonly createDigester: () => Digester;
  /** A part begins: its first byte is there, its memory is not yet taken. */
  readonly onBegin?: (partNumber: number, size: number) => void;
  /** A part is full, or the stream ended in it. Its segments are the receiver's from now on. */
  readonly onPart: (part: Part, segments: readonly Uint8Array[]) => void;
  /** Runs of the stream in order, for a digest of the whole. */
  readonly onRun?: ((bytes: Uint8Array) => void) | undefined;
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
 * returns. Invariant: the parts handed out and the open part hold all bytes taken, in order, without a gap.
 */
export class PartAssembler {
  readonly #options: AssemblerOptions;
  #index = 0;
  #taken = 0;
  #part: OpenPart | undefined;
  /** The open part's last segment; kept beside it because every write looks at it. */
  #segment: Uint8Array | undefined;
  #filled = 0;
  #digested = 0;

  constructor(options: AssemblerOptions) {
    this.#options = options;
  }

  /** Bytes taken so far. */
  get taken(): number {
    return this.#taken;
  }

  /**
   * Takes bytes from `chunk`, beginning at `from`.
   *
   * @returns Index of the first byte that was not taken: the chunk's length, or less when memory ran out.
   * @throws CosUploadError `ERR_COS_TOO_LARGE` at the first byte beyond the plan.
   */
  write(chunk: Uint8Array, from = 0): number {
    let at = from;
    while (at < chunk.byteLength) {
      const segment = this.#segment ?? this.#nextSegment();
      if (segment === undefined) return at;
      const length = Math.min(chunk.byteLength - at, segment.byteLength - this.#filled, DIGEST_RUN);
      segment.set(length === chunk.byteLength ? chunk : chunk.subarray(at, at + length), this.#filled);
      at += length;
      this.#filled += length;
      this.#taken += length;
      if (this.#filled === segment.byteLength) this.#closeSegment(segment);
      else if (this.#filled - this.#digested >= DIGEST_RUN) this.#digest(segment);
    }
    return at;
  }

  /** The stream is over: hands out the last, short part, if there is one. */
  end(): void {
    if (this.#segment !== undefined) this.#closeSegment(this.#segment.subarray(0, this.#filled));
    if (this.#part !== undefined) this.#closePart(this.#part);
  }

  /** Drops the part being filled, and says which segments it had. */
  discard(): readonly Uint8Array[] {
    const segments = this.#part?.segments ?? [];
    this.#part = undefined;
    this.#segment = undefined;
    return segments;
  }

  #nextSegment(): Uint8Array | undefined {
    this.#part ??= this.#openPart();
    const { plannedSize, size, segments } = this.#part;
    this.#segment = this.#options.memory.acquire(Math.min(SEGMENT_SIZE, plannedSize - size));
    if (this.#segment !== undefined) segments.push(this.#segment);
    return this.#segment;
  }

  #openPart(): OpenPart {
    const { plan, firstPartNumber = 1, createDigester, onBegin } = this.#options;
    if (this.#index >= plan.maxParts) throw tooLarge(plan);
    const partNumber = firstPartNumber + this.#index;
    const plannedSize = plan.size(this.#index);
    this.#index += 1;
    onBegin?.(partNumber, plannedSize);
    return {
      partNumber,
      offset: this.#taken,
      plannedSize,
      digester: createDigester(),
      segments: [],
      size: 0,
    };
  }

  /** `segment` is the open one, or its filled beginning when the stream ended in it. */
  #closeSegment(segment: Uint8Array): void {
    this.#digest(segment);
    const part = this.#part!;
    part.size += segment.byteLength;
    this.#segment = undefined;
    this.#filled = 0;
    this.#digested = 0;
    if (part.size === part.plannedSize) this.#closePart(part);
  }

  #closePart(part: OpenPart): void {
    const { partNumber, offset, size, segments, digester } = part;
    const lastLength = size - (segments.length - 1) * SEGMENT_SIZE;
    const body = segments.map((segment, i) =>
      i === segments.length - 1 ? segment.subarray(0, lastLength) : segment,
    );
    this.#part = undefined;
    this.#options.onPart({ partNumber, offset, size, body, ...digester.digest() }, segments);
  }

  #digest(segment: Uint8Array): void {
    if (this.#filled === this.#digested) return;
    const run = segment.subarray(this.#digested, this.#filled);
    this.#part!.digester.update(run);
    this.#options.onRun?.(run);
    this.#digested = this.#filled;
  }
}
