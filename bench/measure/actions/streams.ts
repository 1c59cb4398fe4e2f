import { Meter, peakMemory } from "../meter.ts";
import type { Sample } from "../plan.ts";
import { type Action, prepare } from "./action.ts";

/** Many objects at once through one client, each from a stream of its own. */
export const streams: Action = async (order, client) => {
  const [uploader, source] = await prepare(order, client);
  const { count = 1 } = order;
  const fairness = new Fairness(count, source.size);
  const meter = new Meter();
  const uploads = Array.from({ length: count }, (_, index) =>
    uploader.upload(`object-${index}`, source, (length) => fairness.given(index, length)),
  );
  await Promise.all(uploads);
  return { ...meter.read(), ...fairness.read(), bytes: count * source.size, peak: peakMemory() };
};

/** Whether all streams get on: seen where it cannot be talked about, at what their sources were asked for. */
class Fairness {
  readonly #size: number;
  readonly #given: number[];
  readonly #last: number[];
  #total = 0;
  #leastAtHalf: number | undefined;
  #longestWait = 0;

  constructor(count: number, size: number) {
    this.#size = size;
    this.#given = Array.from({ length: count }, () => 0);
    this.#last = Array.from({ length: count }, () => performance.now());
  }

  given(index: number, length: number): void {
    const now = performance.now();
    this.#longestWait = Math.max(this.#longestWait, now - this.#last[index]!);
    this.#last[index] = now;
    this.#given[index]! += length;
    this.#total += length;
    if (this.#leastAtHalf === undefined && this.#total >= (this.#size * this.#given.length) / 2) {
      this.#leastAtHalf = Math.min(...this.#given) / this.#size;
    }
  }

  read(): Sample {
    return { leastAtHalf: this.#leastAtHalf ?? 0, longestWait: this.#longestWait / 1000 };
  }
}
