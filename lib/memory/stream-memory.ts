import { type Admission, Claim } from "./admission.ts";
import type { SegmentSource } from "./segments.ts";
import { SLAB_SIZE, type Slabs } from "./slabs.ts";
import type { Waiter, WaitingLine } from "./waiting-line.ts";

/** What the streams of one client have in common. */
export interface CommonMemory {
  readonly admission: Admission;
  readonly slabs: Slabs;
  readonly line: WaitingLine;
}

/**
 * One stream's share of its client's memory. A segment is the beginning of a slab; it belongs to the part that is being
 * filled, then to the requests that send it, and comes back when the part is confirmed:
 *
 *     held = bytes of segments out = open part + full parts <= min(limit, what `begin` allowed)
 */
export class StreamMemory implements SegmentSource {
  readonly #common: CommonMemory;
  readonly #limit: number;
  readonly #claim = new Claim();
  readonly #out = new Set<Uint8Array>();
  /** The open part's last segment. */
  #last: Uint8Array | undefined;
  /** The size that was refused last. */
  #refused = 0;
  #callback: (() => void) | undefined;
  #isCleared = false;
  readonly #waiter: Waiter & { birth: number } = {
    birth: 0,
    canGoOn: () => this.#mayTake(this.#refused),
    waitsForOthers: () => this.#claim.held + this.#refused <= this.#claim.cap,
    goOn: () => {
      const callback = this.#callback;
      this.#callback = undefined;
      callback?.();
    },
  };

  constructor(common: CommonMemory, limit: number) {
    this.#common = common;
    this.#limit = Math.min(limit, common.admission.limit);
  }

  /** Bytes that parts hold now. */
  get held(): number {
    return this.#claim.held;
  }

  /** Whether somebody waits for room. */
  get waiting(): boolean {
    return this.#callback !== undefined;
  }

  /**
   * A part begins. The one before it is complete.
   *
   * @param partSize Most bytes that it will take.
   * @param allowed Bytes that the stream may hold from now on, at least `partSize`. Parts that are held already stay.
   */
  begin(partSize: number, allowed: number): void {
    this.complete();
    if (partSize > Math.min(allowed, this.#limit)) throw new RangeError("The part is larger than the memory");
    this.#waiter.birth = this.#common.line.nextBirth();
    this.#claim.planned = partSize;
    this.#claim.cap = Math.min(allowed, this.#limit);
  }

  /**
   * The open part is full, or will get nothing more, and needs nothing from its source to be released: not its end, and
   * not its next byte. Until then it counts as a part that may be held for ever.
   */
  complete(): void {
    if (this.#claim.open === 0) return;
    this.#common.admission.complete(this.#claim);
    this.#last = undefined;
    // The caller may be in the middle of a write.
    this.#common.line.serveSoon();
  }

  /**
   * @param wanted Bytes, at most what the open part lacks. A segment has as many of them as a slab can hold.
   * @throws What making memory throws, when there is none to be had.
   */
  acquire(wanted: number): Uint8Array | undefined {
    const { admission, slabs, line } = this.#common;
    if (this.#isCleared) return undefined;
    if (wanted > this.#claim.planned - this.#claim.open) {
      throw new RangeError("More than the part was said to take");
    }
    const size = Math.min(wanted, SLAB_SIZE);
    if (!this.#mayTake(size)) {
      this.#refused = size;
      return undefined;
    }
    const slab = slabs.allocate(this.#last);
    const segment = size === SLAB_SIZE ? slab : slab.subarray(0, size);
    if (admission.take(this.#claim, size)) line.serveSoon();
    this.#out.add(segment);
    this.#last = segment;
    return segment;
  }

  /** @param segments Segments of parts that are complete. After `clear` there are none, and nothing happens. */
  release(segments: readonly Uint8Array[]): void {
    if (!this.#isCleared) this.#takeBack(segments);
  }

  /**
   * Calls back once, when what was refused last can be had, in the call or in a microtask of the call that made room for it.
   * The client's streams are called in the order in which they began to wait; for the first bytes of parts, in the order
   * in which these began. There is one writer, so there is one waiter.
   */
  whenReleased(callback: () => void): void {
    if (this.#isCleared) return;
    this.#callback = callback;
    this.#common.line.join(this.#waiter);
  }

  /** Whoever waits for room is not called back any more. */
  stopWaiting(): void {
    this.#callback = undefined;
    this.#common.line.leave(this.#waiter);
  }

  /** Gives everything back for good: for the end, when no part is filled, sent or read any more. */
  clear(): void {
    this.stopWaiting();
    this.#isCleared = true;
    this.complete();
    this.#takeBack([...this.#out]);
  }

  #takeBack(segments: readonly Uint8Array[]): void {
    // Backwards, so that the first is the first to be used again.
    for (const segment of segments.toReversed()) {
      if (!this.#out.has(segment)) throw new RangeError("This segment is not out");
      this.#common.admission.release(this.#claim, segment.byteLength);
      this.#out.delete(segment);
      this.#common.slabs.free(segment);
    }
    this.#common.line.serve();
  }

  /**
   * While parts are in flight, whose memory will come back, a part's first bytes are not given while an older part waits.
   * So no part is kept waiting for ever by ever new ones, however much larger it is than they are.
   */
  #mayTake(size: number): boolean {
    const { admission, line } = this.#common;
    if (!admission.allows(this.#claim, size)) return false;
    return this.#claim.open > 0 || admission.inFlight === 0 || !line.hasOlderThan(this.#waiter.birth);
  }
}
