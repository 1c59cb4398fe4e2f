/** As many fit the four digits of one millisecond. */
const MOST = 36 ** 4;

/**
 * What orders the uploads of one part by their beginning: each text is greater than all before it, those that were seen on disk
 * too, even if the clock was put back meanwhile. Of a fixed width, so that text order is time order.
 */
export class Sequence {
  readonly #clock: () => number;
  #time = 0;
  #count = 0;

  /** @param clock Milliseconds since 1970. */
  constructor(clock: () => number) {
    this.#clock = clock;
  }

  next(): string {
    const now = this.#clock();
    if (now > this.#time) {
      this.#time = now;
      this.#count = 0;
    } else if (++this.#count === MOST) {
      this.#time++;
      this.#count = 0;
    }
    return this.#time.toString(36).padStart(10, "0") + this.#count.toString(36).padStart(4, "0");
  }

  /** Goes on after a text of an earlier emulator. */
  seen(sequence: string): void {
    const time = Number.parseInt(sequence.slice(0, 10), 36);
    if (time < this.#time) return;
    const count = Number.parseInt(sequence.slice(10), 36);
    this.#count = time > this.#time ? count : Math.max(count, this.#count);
    this.#time = time;
  }
}
