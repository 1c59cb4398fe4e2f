import { type Admission, Claim } from "./admission.ts";
import type { PartMemory } from "./part-memory.ts";
import { SLAB_SIZE, type Slabs, slabsFor } from "./slabs.ts";
import type { Waiter, WaitingLine } from "./waiting-line.ts";

/** What the streams of one client share. */
export interface CommonMemory {
  readonly admission: Admission;
  readonly slabs: Slabs;
  readonly line: WaitingLine;
}

/**
 * The memory of one stream, a share of that of its client. A segment is the beginning of a slab. It belongs to the part that is being
 * filled, then to the requests that send the part, and is returned when the part is confirmed:
 *
 *     held = slabs of segments out = open part + full parts <= min(limit, what `begin` allowed)
 */
export class StreamMemory implements PartMemory {
  readonly #common: CommonMemory;
  readonly #limit: number;
  readonly #claim = new Claim();
  readonly #out = new Set<Uint8Array>();
  /** The last segment of the open part. */
  #last: Uint8Array | undefined;
  #callback: (() => void) | undefined;
  #isCleared = false;
  readonly #waiter: Waiter & { birth: number } = {
    birth: 0,
    canGoOn: () => this.#mayTake(),
    waitsForOthers: () => this.#claim.held < this.#claim.cap,
    goOn: () => {
      const callback = this.#callback;
      this.#callback = undefined;
      callback?.();
    },
  };

  /** @param limit Slabs. */
  constructor(common: CommonMemory, limit: number) {
    this.#common = common;
    this.#limit = Math.min(limit, common.admission.limit);
  }

  /** Bytes that parts hold now. */
  get held(): number {
    return this.#claim.held * SLAB_SIZE;
  }

  /** Whether the writer waits for memory. */
  get waiting(): boolean {
    return this.#callback !== undefined;
  }

  /**
   * A part begins, and the part before it is complete.
   *
   * @param partSize Most bytes that the part takes.
   * @param parts Number of parts of this size that the stream can hold from now on. Parts that are held already stay.
   */
  begin(partSize: number, parts: number): void {
    this.complete();
    const slabs = slabsFor(partSize);
    if (slabs > this.#limit) throw new RangeError("The part is larger than the memory");
    this.#waiter.birth = this.#common.line.nextBirth();
    this.#claim.planned = slabs;
    this.#claim.cap = Math.min(parts * slabs, this.#limit);
  }

  /**
   * The open part is full, or gets no more bytes. It needs nothing more from its source to be released: not its end, and not its next
   * byte. Until then it counts as a part that may be held for ever.
   */
  complete(): void {
    if (this.#claim.open === 0) return;
    this.#common.admission.complete(this.#claim);
    this.#last = undefined;
    // The caller may be in the middle of a write.
    this.#common.line.serveSoon();
  }

  /**
   * @param wanted Bytes, at most what the open part lacks. A segment has as many of them as fit in a slab.
   * @throws CosUploadError `ERR_COS_NO_MEMORY` if the system has no memory.
   */
  acquire(wanted: number): Uint8Array | undefined {
    const { admission, slabs, line } = this.#common;
    if (this.#isCleared) return undefined;
    if (slabsFor(wanted) > this.#claim.planned - this.#claim.open) {
      throw new RangeError("More than the part was said to take");
    }
    if (!this.#mayTake()) return undefined;
    const slab = slabs.allocate(this.#last);
    const segment = wanted < SLAB_SIZE ? slab.subarray(0, wanted) : slab;
    if (admission.take(this.#claim)) line.serveSoon();
    this.#out.add(segment);
    this.#last = segment;
    return segment;
  }

  /** @param segments Segments of complete parts. After `clear`, nothing happens. */
  release(segments: readonly Uint8Array[]): void {
    if (!this.#isCleared) this.#takeBack(segments);
  }

  /**
   * Calls back once, when the slab that was refused is available: in the call that returned the memory, or in a microtask of it. The
   * streams of the client are called in the order in which they began to wait; for the first bytes of a part, in the order in which the
   * parts began. A stream has one writer, so at most one waits.
   */
  whenReleased(callback: () => void): void {
    if (this.#isCleared) return;
    this.#callback = callback;
    this.#common.line.join(this.#waiter);
  }

  /** The writer that waits is not called back any more. */
  stopWaiting(): void {
    this.#callback = undefined;
    this.#common.line.leave(this.#waiter);
  }

  /** Returns everything, at the end: when no part is filled, sent or read any more. */
  clear(): void {
    this.stopWaiting();
    this.#isCleared = true;
    this.complete();
    this.#takeBack([...this.#out]);
  }

  #takeBack(segments: readonly Uint8Array[]): void {
    // Backwards, so that the first one is reused first.
    for (const segment of segments.toReversed()) {
      if (!this.#out.has(segment)) throw new RangeError("This segment is not out");
      this.#common.admission.release(this.#claim);
      this.#out.delete(segment);
      this.#common.slabs.free(segment);
    }
    this.#common.line.serve();
  }

  /**
   * While parts are being sent, whose memory is returned later, a new part gets no memory if an older part waits. So a large part does not
   * wait for ever because smaller new parts take all memory.
   */
  #mayTake(): boolean {
    const { admission, line } = this.#common;
    if (!admission.allows(this.#claim)) return false;
    return this.#claim.open > 0 || admission.inFlight === 0 || !line.hasOlderThan(this.#waiter.birth);
  }
}
