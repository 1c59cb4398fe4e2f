/**
 * Which part is so much slower than its neighbours that it is better sent again, on another connection. Pure: times are
 * milliseconds, passed in.
 *
 * A part is cut when what is left of it would take its connection longer than the whole part takes its neighbours, several times
 * over. So a path that is slow for all cuts nothing, and a part that is nearly done goes on. Each cut overwrites a part
 * that COS may have, which costs money in archive classes: few parts are cut.
 */

/** Parts to have seen before one can be called slow: fewer are no measure. */
const LEAST_SAMPLES = 4;
/** Parts that the measure is taken from, the latest. */
const MOST_SAMPLES = 32;
/** How many times longer the rest has to take than a whole part. Below that, starting over may cost more than it saves. */
const FACTOR = 3;
/** A part is not judged before this: a connection takes time to open, and to find its speed. */
const LEAST_AGE = 1000;
/** Of all parts that began, how many may be cut. */
const SHARE = 0.02;

/** A part that is being sent. */
export interface SlowPartCandidate {
  readonly size: number;
  /** Bytes of it that the connection took. */
  readonly sent: number;
  /** Milliseconds since this attempt began. */
  readonly age: number;
  /** Milliseconds since the connection last took bytes. */
  readonly idle: number;
}

/** What the parts of one client took, and how many of them were cut. */
export class SlowParts {
  /** Milliseconds per byte. */
  readonly #samples: number[] = [];
  #begun = 0;
  #cut = 0;

  begin(): void {
    this.#begun += 1;
  }

  /** A part was confirmed at its first attempt, or after it was cut. */
  confirmed(size: number, milliseconds: number): void {
    if (size === 0) return;
    this.#samples.push(milliseconds / size);
    if (this.#samples.length > MOST_SAMPLES) this.#samples.shift();
  }

  /** Whether to cut the part now. If so, it is counted. */
  shouldCut({ size, sent, age, idle }: SlowPartCandidate): boolean {
    const pace = this.#medianPace();
    if (pace === undefined || age < LEAST_AGE || this.#cut >= Math.ceil(this.#begun * SHARE)) return false;
    const usual = pace * size;
    // At its own speed; a connection that takes nothing more, or does not answer, shows no speed.
    const rest = Math.max(sent === 0 ? age : (age / sent) * (size - sent), idle);
    if (age < usual || rest < FACTOR * usual) return false;
    this.#cut += 1;
    return true;
  }

  #medianPace(): number | undefined {
    if (this.#samples.length < LEAST_SAMPLES) return undefined;
    const sorted = [...this.#samples].sort((a, b) => a - b);
    return sorted[Math.floor(sorted.length / 2)];
  }
}
