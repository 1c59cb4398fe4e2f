import type { TestContext } from "node:test";
import { type Clock, SYSTEM_CLOCK } from "../../lib/timers.ts";

/** Time that a test lets pass. Timers come up to `late` milliseconds late, as a busy event loop's do. */
export class TestClock implements Clock {
  readonly #timers = new Set<{ readonly at: number; readonly callback: () => void }>();
  readonly #late: number;
  #now = 0;

  constructor(late = 0) {
    this.#late = late;
  }

  get timers(): number {
    return this.#timers.size;
  }

  now(): number {
    return this.#now;
  }

  after(milliseconds: number, callback: () => void): () => void {
    const timer = { at: this.#now + milliseconds + this.#late, callback };
    this.#timers.add(timer);
    return () => void this.#timers.delete(timer);
  }

  /** Lets all of a time pass, in steps of a millisecond. */
  async pass(milliseconds: number): Promise<void> {
    for (let step = 0; step < milliseconds; step++) {
      this.#now += 1;
      for (const timer of [...this.#timers]) {
        if (timer.at > this.#now || !this.#timers.delete(timer)) continue;
        timer.callback();
      }
      // Those whose turn came ask again.
      for (let turn = 0; turn < 5; turn++) await Promise.resolve();
    }
  }
}

/** For the whole library, until the test is over, time passes only as the test lets it; attempts at requests have real time. */
export function useClock(t: TestContext): TestClock {
  const clock = new TestClock();
  t.mock.method(SYSTEM_CLOCK, "now", () => clock.now());
  t.mock.method(SYSTEM_CLOCK, "after", (...args: Parameters<Clock["after"]>) => clock.after(...args));
  return clock;
}
