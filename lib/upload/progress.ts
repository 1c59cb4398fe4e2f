import type { Progress } from "../events.ts";
import { KIB } from "../limits.ts";
import { queueMicrotask, steadyTime } from "../timers.ts";

/** Milliseconds between two reports. */
const INTERVAL = 100;

/** The clock is not read more often than after so many received bytes: tiny writes would feel it. */
const CLOCK_STEP = 64 * KIB;

/**
 * Counts bytes on their way; reports at most every 100 ms, and at the end. Bytes are counted in the middle of a write, where no listener
 * may run: a report is made in a microtask, of the numbers as they are then.
 */
export class ProgressMeter {
  readonly #report: (progress: Progress) => void;
  readonly #now: () => number;
  /** Most bytes of each part under way that any attempt handed to its socket. */
  readonly #sentOfPart = new Map<number, number>();
  #received = 0;
  #clockReadAt = 0;
  #sent = 0;
  #confirmed = 0;
  #total: number | undefined;
  #reportedAt = Number.NEGATIVE_INFINITY;
  #isScheduled = false;
  #isOver = false;

  constructor(
    report: (progress: Progress) => void,
    total: number | undefined,
    now: () => number = steadyTime,
  ) {
    this.#report = report;
    this.#total = total;
    this.#now = now;
  }

  get current(): Progress {
    return { received: this.#received, sent: this.#sent, confirmed: this.#confirmed, total: this.#total };
  }

  /** @param bytes All so far. */
  received(bytes: number): void {
    this.#received = bytes;
    if (bytes < this.#clockReadAt + CLOCK_STEP) return;
    this.#clockReadAt = bytes;
    this.#reportIfDue();
  }

  /** A retried part begins at 0 again, which is not told. */
  sent(partNumber: number, bytes: number): void {
    const before = this.#sentOfPart.get(partNumber) ?? 0;
    if (bytes <= before) return;
    this.#sentOfPart.set(partNumber, bytes);
    this.#sent += bytes - before;
    this.#reportIfDue();
  }

  confirmed(partNumber: number, size: number): void {
    this.sent(partNumber, size);
    this.#sentOfPart.delete(partNumber);
    this.#confirmed += size;
    this.#reportIfDue();
  }

  /** Everything was received, so the length is known: reports at once, for the last time. */
  finish(): void {
    this.#total = this.#received;
    this.#isOver = true;
    this.#report(this.current);
  }

  #reportIfDue(): void {
    if (this.#isScheduled || this.#now() - this.#reportedAt < INTERVAL) return;
    this.#isScheduled = true;
    queueMicrotask(() => {
      this.#isScheduled = false;
      if (this.#isOver) return;
      this.#reportedAt = this.#now();
      this.#report(this.current);
    });
  }
}
