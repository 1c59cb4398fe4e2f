import {
  beginSearch,
  type ConcurrencyBounds,
  type ConcurrencySearch,
  nextSearch,
  type PathEvent,
} from "./concurrency-search.ts";

/** The number that a client begins with: enough for a near bucket, and no burden for a slow link. */
export const FIRST_CONCURRENCY = 4;

/** A part was sent while all slots were busy if they were so for this much of its time. */
const SATURATED = 0.9;

/** How a part ended, for the search. Another failure says nothing about the path. */
export type PartOutcome = "confirmed" | "refused" | "timedOut" | "failed";

/** A part that is being sent. */
export interface PartInFlight {
  readonly startedAt: number;
  /** The level it began at: a later one judges only parts of its own. */
  readonly level: number;
  /** Milliseconds that all slots had been busy when it began. */
  readonly busyBefore: number;
}

/**
 * One client's number of parts at a time. It measures what the parts in flight move, while all slots are busy, and lets the
 * search decide. Times are milliseconds, passed in.
 *
 * By Little's law, parts in flight = parts per second × seconds per part. So `limit` slots that are busy all the time move
 * `limit × bytes of their parts ÷ time of their parts`: one part from each slot is enough to know, without waiting for a
 * fixed time. A source that is slower than the path leaves slots empty, and is not measured.
 */
export class ConcurrencyController {
  #search: ConcurrencySearch;
  #bounds: ConcurrencyBounds;
  #running = 0;
  #level = 0;
  /** Of the parts of this level: how many, their bytes, their milliseconds. */
  #round = { parts: 0, bytes: 0, time: 0 };
  #busyTime = 0;
  #busySince: number | undefined;

  constructor(bounds: ConcurrencyBounds, start: number = FIRST_CONCURRENCY) {
    this.#bounds = bounds;
    this.#search = beginSearch(Math.max(bounds.min, Math.min(start, bounds.max)));
  }

  /** Parts to send at a time, over all streams of the client. */
  get limit(): number {
    return this.#search.limit;
  }

  get running(): number {
    return this.#running;
  }

  /** What memory and options permit now. */
  setBounds(bounds: ConcurrencyBounds, now: number): void {
    this.#bounds = bounds;
    const limit = Math.max(bounds.min, Math.min(this.#search.limit, bounds.max));
    if (limit !== this.#search.limit) this.#move({ ...this.#search, limit }, now);
  }

  start(now: number): PartInFlight {
    this.#running += 1;
    this.#watch(now);
    return { startedAt: now, level: this.#level, busyBefore: this.#busy(now) };
  }

  /** @param size Bytes that were confirmed. */
  end(part: PartInFlight, outcome: PartOutcome, size: number, now: number): void {
    const time = now - part.startedAt;
    const isMeasure = time > 0 && this.#busy(now) - part.busyBefore >= time * SATURATED;
    this.#running -= 1;
    if (part.level === this.#level) {
      if (outcome === "refused" || outcome === "timedOut") this.#decide({ type: outcome }, now);
      else if (outcome === "confirmed" && isMeasure) this.#measure(size, time, now);
    }
    this.#watch(now);
  }

  /** An attempt at a part was refused or ran out of time; the part is still to be sent. */
  attemptFailed(part: PartInFlight, outcome: "refused" | "timedOut", now: number): void {
    // Those that began before the last step down were too many already: they count once.
    if (part.level === this.#level) this.#decide({ type: outcome }, now);
  }

  #measure(size: number, time: number, now: number): void {
    const { parts, bytes, time: before } = this.#round;
    this.#round = { parts: parts + 1, bytes: bytes + size, time: before + time };
    if (this.#round.parts < this.limit) return;
    this.#decide({ type: "round", rate: (this.limit * this.#round.bytes * 1000) / this.#round.time }, now);
  }

  #decide(event: PathEvent, now: number): void {
    this.#round = { parts: 0, bytes: 0, time: 0 };
    this.#move(nextSearch(this.#search, event, this.#bounds), now);
  }

  #move(search: ConcurrencySearch, now: number): void {
    if (search.limit !== this.#search.limit) {
      this.#level += 1;
      this.#round = { parts: 0, bytes: 0, time: 0 };
    }
    this.#search = search;
    this.#watch(now);
  }

  #watch(now: number): void {
    if (this.#running >= this.limit) {
      this.#busySince ??= now;
    } else if (this.#busySince !== undefined) {
      this.#busyTime += now - this.#busySince;
      this.#busySince = undefined;
    }
  }

  #busy(now: number): number {
    return this.#busyTime + (this.#busySince === undefined ? 0 : now - this.#busySince);
  }
}
