import { type Clock, SYSTEM_CLOCK } from "../timers.ts";

/** Milliseconds of bytes that one grant has: smaller grants cost timers, larger ones make the rate jerk. */
const GRANT_MILLISECONDS = 50;
/** Bytes of a grant: with more, other sockets wait too long; with fewer, each byte costs a timer. */
const MOST_GRANT = 256 * 1024;
const LEAST_GRANT = 4096;
/** A slow rate has grants of fewer bytes, ten a second. */
const LEAST_GRANTS_PER_SECOND = 10;
/** Milliseconds that may be made up for after a pause. More would be a burst. */
const CATCH_UP_MILLISECONDS = 100;

/**
 * Lets so many bytes per second pass, over all that ask. Each owner (a stream) has its turn: one that sends many parts
 * gets no more than one that sends a single part.
 */
export class RateLimiter {
  /** Bytes per second. */
  readonly rate: number;
  /** Most bytes to ask for at a time. */
  readonly grant: number;
  readonly #clock: Clock;
  /** What waits, by owner; the first owner is the next to be served. */
  readonly #queues = new Map<object, Waiter[]>();
  #freeAt: number;
  #cancelTimer: (() => void) | undefined;

  /** @param rate Bytes per second, 1 or more. */
  constructor(rate: number, clock: Clock = SYSTEM_CLOCK) {
    this.rate = rate;
    this.grant = Math.max(
      Math.min(LEAST_GRANT, Math.ceil(rate / LEAST_GRANTS_PER_SECOND)),
      Math.min(MOST_GRANT, Math.floor((rate * GRANT_MILLISECONDS) / 1000)),
    );
    this.#clock = clock;
    this.#freeAt = clock.now();
  }

  /**
   * Resolves when the bytes may be sent.
   *
   * @param bytes At most `grant`.
   * @throws The signal's reason.
   */
  async take(bytes: number, owner: object, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    await new Promise<void>((resolve, reject) => {
      const waiter: Waiter = {
        bytes,
        pass: () => {
          signal.removeEventListener("abort", abort);
          resolve();
        },
      };
      const abort = (): void => {
        this.#forget(owner, waiter);
        reject(signal.reason);
      };
      signal.addEventListener("abort", abort, { once: true });
      const queue = this.#queues.get(owner);
      if (queue === undefined) this.#queues.set(owner, [waiter]);
      else queue.push(waiter);
      this.#serve();
    });
  }

  #serve(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    const now = this.#clock.now();
    this.#freeAt = Math.max(this.#freeAt, now - CATCH_UP_MILLISECONDS);
    while (this.#freeAt <= now) {
      const next = this.#queues.entries().next().value;
      if (next === undefined) return;
      const [owner, queue] = next;
      const waiter = queue.shift()!;
      // To the end of the line.
      this.#queues.delete(owner);
      if (queue.length > 0) this.#queues.set(owner, queue);
      this.#freeAt += (waiter.bytes * 1000) / this.rate;
      waiter.pass();
    }
    if (this.#queues.size > 0) {
      this.#cancelTimer = this.#clock.after(Math.ceil(this.#freeAt - now), () => this.#serve());
    }
  }

  #forget(owner: object, waiter: Waiter): void {
    const left = this.#queues.get(owner)?.filter((other) => other !== waiter) ?? [];
    if (left.length > 0) this.#queues.set(owner, left);
    else this.#queues.delete(owner);
    if (this.#queues.size > 0) return;
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
  }
}

interface Waiter {
  readonly bytes: number;
  readonly pass: () => void;
}
