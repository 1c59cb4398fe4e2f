/**
 * How many parts to send at a time: a search for the number that the path and the server bear. Pure: it knows rounds and
 * refusals, and neither clock nor socket.
 *
 * It doubles while that pays, tries the middle of the last step, and then holds. While it holds, it tries now and then whether
 * a quarter more, or a quarter less, does better. A refusal of the server (SlowDown) halves the number; it comes back to
 * just below the number that was refused, and stays there for long.
 */

/** A step up is kept if it moves this much more bytes: less is within the noise of a network. (huggingface.js has the same.) */
const GAIN = 1.05;
/** A step down is kept if it moves at least this much of the bytes. */
const AS_GOOD = 0.98;
/** Rounds below this part of what the number once moved: the path has changed. One may be an accident. */
const DROP = 0.6;
const ROUNDS_OF_DROP = 2;
/** Rounds between two tries. Doubled after each try that does not pay, as it costs some bytes. */
const FIRST_HOLD = 8;
const LONGEST_HOLD = 64;
/** Rounds below a number that the server refused, until it is tried again. Some hundred requests for one that is refused. */
const FIRST_HOLD_REFUSED = 32;
const LONGEST_HOLD_REFUSED = 512;

/** Where the search stands. `limit` is the result. */
export interface ConcurrencySearch {
  /** Parts to send at a time. */
  readonly limit: number;
  readonly phase: "doubling" | "halfStep" | "holding" | "tryingMore" | "tryingLess" | "recovering";
  /** The best number so far, and the bytes per second it moved. */
  readonly best: { readonly limit: number; readonly rate: number } | undefined;
  /** The least number that the server refused, while that is remembered. */
  readonly refusedAt: number | undefined;
  /** Rounds to hold before the next try. */
  readonly roundsLeft: number;
  /** Rounds to hold after that try, unless it pays. */
  readonly hold: number;
  /** Rounds in a row that moved far less than the best. */
  readonly drops: number;
  /** The next try goes down, the one after it up. */
  readonly lessNext: boolean;
}

/** What the search learns. */
export type PathEvent =
  /** Each of `limit` slots was busy and confirmed a part: together they moved `rate` bytes per second. */
  | { readonly type: "round"; readonly rate: number }
  /** The server asks for fewer requests: SlowDown, 503, 429. */
  | { readonly type: "refused" }
  /** Attempts ran out of time: too many share the path. */
  | { readonly type: "timedOut" };

export interface ConcurrencyBounds {
  /** At least 1. */
  readonly min: number;
  readonly max: number;
}

/** The search before the first round. */
export function beginSearch(start: number): ConcurrencySearch {
  return {
    limit: start,
    phase: "doubling",
    best: undefined,
    refusedAt: undefined,
    roundsLeft: 0,
    hold: FIRST_HOLD,
    drops: 0,
    lessNext: true,
  };
}

/** The search after an event. `limit` stays within the bounds, which may change from one event to the next. */
export function nextSearch(
  search: ConcurrencySearch,
  event: PathEvent,
  bounds: ConcurrencyBounds,
): ConcurrencySearch {
  const next =
    event.type === "round" ? afterRound(search, event.rate, bounds) : afterRefusal(search, event.type);
  return { ...next, limit: clamp(next.limit, bounds) };
}

function afterRound(search: ConcurrencySearch, rate: number, bounds: ConcurrencyBounds): ConcurrencySearch {
  const { limit, best, phase } = search;
  switch (phase) {
    case "doubling":
      if (best === undefined || rate >= best.rate * GAIN) return double(reached(search, rate), bounds);
      return halfStep(search);
    case "halfStep":
      return rate >= best!.rate * GAIN ? holdAt(reached(search, rate)) : holdAt(search);
    case "tryingMore":
      if (rate < best!.rate * GAIN) return holdAt(search, search.hold * 2);
      // What was refused once is borne now: the search goes on from there, a step at a time.
      if (search.refusedAt !== undefined) return holdAt(reached(search, rate), FIRST_HOLD);
      return double(reached(search, rate), bounds);
    case "tryingLess":
      return rate >= best!.rate * AS_GOOD ? holdAt(reached(search, rate)) : holdAt(search, search.hold * 2);
    case "recovering":
      return recover(reached(search, rate));
    case "holding":
      return hold(search, limit, rate, bounds);
  }
}

/** While it holds, what the number moves is averaged, as the path is never quite the same. */
function hold(
  search: ConcurrencySearch,
  limit: number,
  rate: number,
  bounds: ConcurrencyBounds,
): ConcurrencySearch {
  const before = search.best?.limit === limit ? search.best.rate : rate;
  const drops = rate < before * DROP ? search.drops + 1 : 0;
  if (drops >= ROUNDS_OF_DROP) return double({ ...beginSearch(limit), best: { limit, rate } }, bounds);
  const best = { limit, rate: drops > 0 ? before : (before + rate) / 2 };
  const held = { ...search, best, drops, roundsLeft: search.roundsLeft - 1 };
  if (held.roundsLeft > 0) return held;
  const more = limit + Math.max(1, Math.floor(limit / 4));
  const less = limit - Math.max(1, Math.floor(limit / 4));
  if (search.refusedAt !== undefined) return { ...held, phase: "tryingMore", limit: limit + 1 };
  const tryLess = search.lessNext ? less >= bounds.min : more > bounds.max;
  if (tryLess && less < bounds.min) return holdAt(held);
  if (tryLess) return { ...held, phase: "tryingLess", limit: less, lessNext: false };
  return { ...held, phase: "tryingMore", limit: Math.min(more, bounds.max), lessNext: true };
}

function reached(search: ConcurrencySearch, rate: number): ConcurrencySearch {
  return { ...search, best: { limit: search.limit, rate }, drops: 0 };
}

function double(search: ConcurrencySearch, bounds: ConcurrencyBounds): ConcurrencySearch {
  const limit = Math.min(search.limit * 2, bounds.max);
  return limit > search.limit ? { ...search, phase: "doubling", limit } : holdAt(search);
}

/** Doubling was too much: the middle may not be. */
function halfStep(search: ConcurrencySearch): ConcurrencySearch {
  const good = search.best!.limit;
  const limit = Math.floor((good + search.limit) / 2);
  return limit > good ? { ...search, phase: "halfStep", limit } : holdAt(search);
}

/** Back to the best number, and there for a while. */
function holdAt(search: ConcurrencySearch, rounds: number = FIRST_HOLD): ConcurrencySearch {
  const longest = search.refusedAt === undefined ? LONGEST_HOLD : LONGEST_HOLD_REFUSED;
  const hold = Math.min(rounds, longest);
  const limit = search.best?.limit ?? search.limit;
  return { ...search, phase: "holding", limit, roundsLeft: hold, hold, drops: 0 };
}

function afterRefusal(search: ConcurrencySearch, type: "refused" | "timedOut"): ConcurrencySearch {
  const { limit, phase, refusedAt } = search;
  const half = Math.max(1, Math.floor(limit / 2));
  if (type === "timedOut") return { ...beginSearch(half), phase: "recovering", refusedAt: limit };
  // One more was a try: the number before it was borne for long, and the server has said so once more.
  const isTry = phase === "tryingMore" && refusedAt !== undefined;
  const hold = isTry ? Math.min(search.hold * 2, LONGEST_HOLD_REFUSED) : FIRST_HOLD_REFUSED;
  return { ...search, phase: "recovering", limit: half, refusedAt: limit, hold, best: undefined, drops: 0 };
}

/** Up again, by half of what is left to the number that was refused, and never to it. */
function recover(search: ConcurrencySearch): ConcurrencySearch {
  const { limit, refusedAt } = search;
  const next = limit + Math.max(1, Math.floor((refusedAt! - limit) / 2));
  return next < refusedAt! ? { ...search, limit: next } : holdAt(search, search.hold);
}

function clamp(limit: number, { min, max }: ConcurrencyBounds): number {
  return Math.max(min, Math.min(limit, max));
}
