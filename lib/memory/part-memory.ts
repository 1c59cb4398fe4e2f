import type { SegmentSource } from "./segments.ts";

/**
 * The part memory of one stream. A segment belongs to the part that is being filled, then to the requests that send
 * it, and comes back when the part is confirmed:
 *
 *     held = segments out <= limit,   held + kept for reuse <= the largest limit so far
 */
export class PartMemory implements SegmentSource {
  /** Free segments by size: nearly all have one size, the tails of parts that are no whole number of MiB another. */
  readonly #free = new Map<number, Uint8Array[]>();
  #freeBytes = 0;
  #held = 0;
  #limit = 0;
  #waiter: (() => void) | undefined;

  /** Bytes that parts hold now. */
  get held(): number {
    return this.#held;
  }

  /** Whether somebody waits for room. */
  get waiting(): boolean {
    return this.#waiter !== undefined;
  }

  /** Sets how many bytes may be held. Parts that are held already stay. */
  allow(bytes: number): void {
    this.#limit = bytes;
  }

  acquire(size: number): Uint8Array | undefined {
    if (this.#held + size > this.#limit) return undefined;
    this.#held += size;
    const reused = this.#free.get(size)?.pop();
    if (reused !== undefined) {
      this.#freeBytes -= size;
      return reused;
    }
    // Segments of sizes that went out of use must not add to what is held.
    if (this.#held + this.#freeBytes > this.#limit) this.#dropFree();
    return Buffer.allocUnsafeSlow(size);
  }

  release(segments: readonly Uint8Array[]): void {
    for (const segment of segments) {
      const size = segment.byteLength;
      const sameSize = this.#free.get(size);
      if (sameSize === undefined) this.#free.set(size, [segment]);
      else sameSize.push(segment);
      this.#freeBytes += size;
      this.#held -= size;
    }
    const waiter = this.#waiter;
    this.#waiter = undefined;
    waiter?.();
  }

  /** Calls back once, when something is released. There is one writer, so there is one waiter. */
  whenReleased(callback: () => void): void {
    this.#waiter = callback;
  }

  /** Whoever waits for room is not called back any more. */
  stopWaiting(): void {
    this.#waiter = undefined;
  }

  /** Lets go of everything, held segments too: for the end, when no part is filled or sent any more. */
  clear(): void {
    this.#waiter = undefined;
    this.#held = 0;
    this.#dropFree();
  }

  #dropFree(): void {
    this.#free.clear();
    this.#freeBytes = 0;
  }
}
