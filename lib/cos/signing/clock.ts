import { wallTime } from "../../timers.ts";

/** COS refuses signatures of a clock that is more than 15 minutes off; a smaller error than this is no reason to. */
const TOLERANCE = 30_000;

/** The time at COS, as far as it is known: the local clock, corrected by what an answer showed. */
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
   * Follows the server's clock after it refused a signature for its time.
   *
   * @param serverTime What the answer's `Date` said.
   * @param offsetUsed The offset that the refused signature was made with.
   * @returns Whether signing again can help: parts sent side by side are all refused, and all but the first of them find
   *   the clock corrected already.
   */
  correct(serverTime: number, offsetUsed: number): boolean {
    if (Math.abs(serverTime - this.now()) >= TOLERANCE) this.#offset = serverTime - this.#local();
    return this.#offset !== offsetUsed;
  }
}
