import { MAX_TIMER } from "../limits.ts";

/**
 * Keeps the process alive while an upload is under way, so that it cannot end in silence with half a stream, and,
 * where a timeout is set, tells when the source has said nothing for so long.
 */
export class IdleWatch {
  readonly #timeout: number;
  readonly #onIdle: () => void;
  #timer: NodeJS.Timeout | undefined;

  /** @param timeout Milliseconds; 0 never tells. */
  constructor(timeout: number, onIdle: () => void) {
    this.#timeout = timeout;
    this.#onIdle = onIdle;
  }

  /** The source said something, or is waited for from now on. */
  touch(): void {
    if (this.#timer !== undefined) {
      if (this.#timeout > 0) this.#timer.refresh();
      return;
    }
    this.#timer =
      this.#timeout > 0 ? setTimeout(this.#onIdle, this.#timeout) : setInterval(() => {}, MAX_TIMER);
  }

  /** The source is not waited for: it is held back, or has ended. The process stays alive. */
  pause(): void {
    if (this.#timeout === 0) return;
    this.stop();
    this.#timer = setInterval(() => {}, MAX_TIMER);
  }

  resume(): void {
    if (this.#timeout === 0) return;
    this.stop();
    this.touch();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
