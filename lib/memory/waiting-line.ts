/** Somebody who waits in a line. */
export interface Waiter {
  /** When what it waits with began: of two waiters, the older one has the lower number. */
  readonly birth: number;
  /** Whether it could be served now. */
  canGoOn(): boolean;
  /** Whether it waits for what others hold, and not only for what it holds itself. */
  waitsForOthers(): boolean;
  goOn(): void;
}

/**
 * Waiters in the order of their arrival. Each is served as soon as it can be, whoever stands before it: nobody is held up
 * by one who cannot go on.
 *
 * A waiter that goes on may do anything: wait again (at the end of the line), make room for others, take others out of
 * the line. What it throws is thrown outside of all of that, as it is no concern of whoever made room for it.
 */
export class WaitingLine {
  /** With the number of its arrival, in that order. */
  readonly #waiting = new Map<Waiter, number>();
  #arrivals = 0;
  #births = 0;
  #isServing = false;
  #hasMoreRoom = false;
  #isScheduled = false;

  /** How many wait. */
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
    // Those who did not overtake it need not wait for it any more.
    if (this.#waiting.delete(waiter)) this.serveSoon();
  }

  /** Whether somebody older waits for what others hold. */
  hasOlderThan(birth: number): boolean {
    for (const waiter of this.#waiting.keys()) {
      if (waiter.birth < birth && waiter.waitsForOthers()) return true;
    }
    return false;
  }

  /** There is more room: serves whom it can, from the head of the line. */
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

  /** Serves when the calls that are under way have returned: for those that must not be entered again. */
  serveSoon(): void {
    if (this.#isScheduled || this.#waiting.size === 0) return;
    this.#isScheduled = true;
    queueMicrotask(() => {
      this.#isScheduled = false;
      this.serve();
    });
  }

  /** Goes once through those who wait now. */
  #pass(): void {
    const last = this.#arrivals;
    for (const [waiter, arrival] of this.#waiting) {
      if (arrival > last) return;
      if (!waiter.canGoOn()) continue;
      this.#waiting.delete(waiter);
      callApart(() => waiter.goOn());
      // Those before it in the line may have been held up by nothing but its age.
      if (!this.#waiting.has(waiter)) this.#hasMoreRoom = true;
    }
  }
}

function callApart(callback: () => void): void {
  try {
    callback();
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
}
