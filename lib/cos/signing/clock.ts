import { wallTime } from "../../timers.ts";

/** COS refuses signatures if the clock is wrong by more than 15 minutes. A smaller error than this cannot be the reason. */
const TOLERANCE = 30_000;

/** The time of COS, as far as it is known: the local clock, corrected by the time in an answer. */
export class CosClock {
  readonly #local: () => number;
  #offset = 0;

  constructor(local: () => number = wallTime) {
    this.#local = local;
  }

  /** Milliseconds to add to the local clock. */
  get offset(): number {
    return this.#offset;
  }

  /** Milliseconds since 1970. */
  now(): number {
    return this.#local() + this.#offset;
  }

  /**
   * Takes over the clock of the server, after it refused a signature because of its time.
   *
   * @param serverTime The `Date` of the answer.
   * @param offsetUsed The offset of the signature that was refused.
   * @returns Whether signing again can help. Parts that are sent at the same time are all refused; for all but the first one, the clock is
   *   corrected already.
   */
  correct(serverTime: number, offsetUsed: number): boolean {
    if (Math.abs(serverTime - this.now()) >= TOLERANCE) this.#offset = serverTime - this.#local();
    return this.#offset !== offsetUsed;
  }
}
