import { throwUncaught } from "../errors.ts";
import { queueMicrotask } from "../timers.ts";

/** Something that waits for memory. */
export interface Waiter {
  /** Number of the part that waits: an older part has a lower number. */
  readonly birth: number;
  /** Whether it can get its memory now. */
  canGoOn(): boolean;
  /** Whether it waits for what others hold, and not only for what it holds itself. */
  waitsForOthers(): boolean;
  goOn(): void;
}

/**
 * Waiters in the order of their arrival. Each one is served as soon as that is possible, even if one before it cannot be served: no
 * waiter blocks another.
 *
 * A waiter that is served can do anything: wait again (at the end of the line), return memory, remove other waiters. If it throws, the
 * error is thrown outside of this loop, because the code that returned the memory must not get it.
 */
export class WaitingLine {
  /** The waiters with their numbers, in the order of arrival. */
  readonly #waiting = new Map<Waiter, number>();
  #arrivals = 0;
  #births = 0;
  #isServing = false;
  #hasMoreRoom = false;
  #isScheduled = false;

  /** Number of waiters. */
  get size(): number {
    return this.#waiting.size;
  }

  nextBirth(): number {
    return ++this.#births;
  }

  join(waiter: Waiter): void {
    if (!this.#waiting.has(waiter)) this.#waiting.set(waiter, ++this.#arrivals);
  }

  leave(waiter: Waiter): void {
    // Waiters that did not overtake it do not have to wait for it any more.
    if (this.#waiting.delete(waiter)) this.serveSoon();
  }

  /** Whether an older waiter needs memory that others hold. */
  hasOlderThan(birth: number): boolean {
    for (const waiter of this.#waiting.keys()) {
      if (waiter.birth < birth && waiter.waitsForOthers()) return true;
    }
    return false;
  }

  /** There is more memory: serves the waiters that can be served, from the head of the line. */
  serve(): void {
    this.#hasMoreRoom = true;
    if (this.#isServing) return;
    this.#isServing = true;
    while (this.#hasMoreRoom) {
      this.#hasMoreRoom = false;
      this.#pass();
    }
    this.#isServing = false;
  }

  /** Serves after the running calls have returned, for callers that must not be called again before that. */
  serveSoon(): void {
    if (this.#isScheduled || this.#waiting.size === 0) return;
    this.#isScheduled = true;
    queueMicrotask(() => {
      this.#isScheduled = false;
      this.serve();
    });
  }

  /** Tries each of the waiters once. */
  #pass(): void {
    const last = this.#arrivals;
    for (const [waiter, arrival] of this.#waiting) {
      if (arrival > last) return;
      if (!waiter.canGoOn()) continue;
      this.#waiting.delete(waiter);
      try {
        waiter.goOn();
      } catch (error) {
        throwUncaught(error);
      }
      // Waiters before it in the line may have waited only because it was older.
      if (!this.#waiting.has(waiter)) this.#hasMoreRoom = true;
    }
  }
}
