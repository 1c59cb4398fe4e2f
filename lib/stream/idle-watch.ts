import { MAX_TIMER } from "../limits.ts";
import { type Clock, clearInterval, SYSTEM_CLOCK, setInterval } from "../timers.ts";

/**
 * Keeps the process alive while an upload is under way, so that it cannot end in silence with half a stream, and,
 * where a timeout is set, tells when the source has said nothing for so long.
 */
export class IdleWatch {
  readonly #timeout: number;
  readonly #onIdle: () => void;
  readonly #clock: Clock;
  /** When the source last said something. */
  #touchedAt = 0;
  #cancelTimer: (() => void) | undefined;
  #keptAlive: NodeJS.Timeout | undefined;

  /** @param timeout Milliseconds; 0 never tells. */
  constructor(timeout: number, onIdle: () => void, clock: Clock = SYSTEM_CLOCK) {
    this.#timeout = timeout;
    this.#onIdle = onIdle;
    this.#clock = clock;
  }

  /** The source said something, or is waited for from now on. */
  touch(): void {
    this.#keptAlive ??= setInterval(() => {}, MAX_TIMER);
    if (this.#timeout === 0) return;
    // The timer is not set anew for each of many small writes: it looks how long it still has to wait.
    this.#touchedAt = this.#clock.now();
    if (this.#cancelTimer === undefined) this.#wait(this.#timeout);
  }

  /** The source is not waited for: it is held back, or has ended. The process stays alive. */
  pause(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
  }

  resume(): void {
    if (this.#timeout > 0) this.touch();
  }

  stop(): void {
    this.pause();
    clearInterval(this.#keptAlive);
    this.#keptAlive = undefined;
  }

  #wait(milliseconds: number): void {
    this.#cancelTimer = this.#clock.after(milliseconds, () => {
      const left = this.#touchedAt + this.#timeout - this.#clock.now();
      if (left > 0) return this.#wait(Math.ceil(left));
      this.#cancelTimer = undefined;
      this.#onIdle();
    });
  }
}
