import { onAbort } from "../abort.ts";

/**
 * Lets so many requests have a connection at a time. Others wait in the order in which they came, before the time of their
 * attempts begins: a program that starts a thousand uploads at once runs out of descriptors otherwise, or of time.
 */
export class ConnectionLimit {
  readonly #most: number;
  readonly #waiting = new Set<() => void>();
  #taken = 0;

  constructor(most: number) {
    this.#most = most;
  }

  /** Requests that wait. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /**
   * Runs `work` once there is a connection for it.
   *
   * @throws The signal's reason, if it is aborted before that.
   */
  async run<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    await this.#take(signal);
    try {
      return await work();
    } finally {
      const [next] = this.#waiting;
      if (next === undefined) this.#taken -= 1;
      else next();
    }
  }

  async #take(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (this.#taken < this.#most) {
      this.#taken += 1;
      return;
    }
    await new Promise<void>((resolve, reject) => {
      const pass = (): void => {
        this.#waiting.delete(pass);
        stopListening();
        resolve();
      };
      this.#waiting.add(pass);
      const stopListening = onAbort(signal, () => {
        if (this.#waiting.delete(pass)) reject(signal.reason);
      });
    });
  }
}
