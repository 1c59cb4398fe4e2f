import assert from "node:assert/strict";
import { test } from "node:test";
import {
  beginSearch,
  type ConcurrencySearch,
  nextSearch,
  type PathEvent,
} from "../../lib/throughput/concurrency-search.ts";

const BOUNDS = { min: 1, max: 64 };

const round = (rate: number): PathEvent => ({ type: "round", rate });
const REFUSED: PathEvent = { type: "refused" };
const TIMED_OUT: PathEvent = { type: "timedOut" };

function after(events: readonly PathEvent[], search = beginSearch(4), bounds = BOUNDS): ConcurrencySearch {
  return events.reduce((state, event) => nextSearch(state, event, bounds), search);
}

/** The number after each event. */
function limits(events: readonly PathEvent[], search = beginSearch(4), bounds = BOUNDS): number[] {
  return events.map((_, index) => after(events.slice(0, index + 1), search, bounds).limit);
}

/** A search that holds 8 at 100 bytes/s. */
const holding = after([round(60), round(100), round(100), round(100)]);

const rounds = (count: number, rate: number): PathEvent[] => Array.from({ length: count }, () => round(rate));

test("The number doubles while that moves a twentieth more, then the middle is tried, then the best is held", () => {
  assert.deepEqual(limits([round(40), round(80), round(110), round(110), round(110)]), [8, 16, 32, 24, 16]);
});

test("A gain of exactly a twentieth is kept, and less is not", () => {
  assert.equal(after([round(100), round(105)]).limit, 16);
  assert.equal(after([round(100), round(104.9)]).limit, 6);
});

test("The middle is kept where it does better", () => {
  const found = after([round(40), round(80), round(80), round(90)]);
  assert.deepEqual([found.limit, found.phase, found.best], [12, "holding", { limit: 12, rate: 90 }]);
});

test("Where there is no number between the two, the smaller is held", () => {
  const found = after([round(100), round(100)], beginSearch(1));
  assert.deepEqual([found.limit, found.phase], [1, "holding"]);
});

test("At the highest number it holds, and does not try more", () => {
  const bounds = { min: 1, max: 8 };
  assert.equal(after([round(40), round(80)], beginSearch(4), bounds).phase, "holding");
  const numbers = limits([round(40), ...rounds(60, 80)], beginSearch(4), bounds);
  assert.equal(Math.max(...numbers), 8);
});

test("At the lowest number it does not try less", () => {
  const bounds = { min: 8, max: 64 };
  const numbers = limits(rounds(60, 100), holding, bounds);
  assert.equal(Math.min(...numbers), 8);
});

test("After eight rounds a quarter less is tried, and kept if it does as well", () => {
  assert.deepEqual([holding.limit, holding.phase, holding.roundsLeft], [8, "holding", 8]);
  const trying = after(rounds(8, 100), holding);
  assert.deepEqual([trying.limit, trying.phase], [6, "tryingLess"]);
  assert.equal(after([round(98)], trying).limit, 6);
  const back = after([round(97.9)], trying);
  assert.deepEqual([back.limit, back.phase, back.roundsLeft], [8, "holding", 16]);
});

test("The try after that goes up by a quarter, and doubles on if it pays", () => {
  const back = after([...rounds(8, 100), round(70)], holding);
  const trying = after(rounds(16, 100), back);
  assert.deepEqual([trying.limit, trying.phase], [10, "tryingMore"]);
  assert.equal(after([round(105)], trying).limit, 20);
  const held = after([round(104)], trying);
  assert.deepEqual([held.limit, held.roundsLeft], [8, 32]);
});

test("Tries that do not pay become rarer, down to one in 64 rounds", () => {
  let search = holding;
  const holds: number[] = [];
  for (let n = 0; n < 6; n++) {
    search = after([...rounds(search.roundsLeft, 100), round(50)], search);
    holds.push(search.roundsLeft);
  }
  assert.deepEqual(holds, [16, 32, 64, 64, 64, 64]);
});

test("What the held number moves is averaged", () => {
  assert.deepEqual(after([round(80)], holding).best, { limit: 8, rate: 90 });
});

test("Two rounds far below are another path: the search begins anew at its number; one is an accident", () => {
  const accident = after([round(59), round(100)], holding);
  assert.deepEqual([accident.limit, accident.best?.rate, accident.drops], [8, 100, 0]);
  const anew = after([round(59), round(59)], holding);
  assert.deepEqual([anew.limit, anew.phase, anew.best], [16, "doubling", { limit: 8, rate: 59 }]);
  assert.equal(after([round(60), round(60)], holding).phase, "holding");
});

test("A refusal halves the number; it comes back by halves to just below, and holds for 32 rounds", () => {
  assert.deepEqual(limits([round(40), REFUSED, ...rounds(3, 40)]), [8, 4, 6, 7, 7]);
  const held = after([round(40), REFUSED, ...rounds(3, 40)]);
  assert.deepEqual([held.phase, held.roundsLeft, held.refusedAt], ["holding", 32, 8]);
});

test("One request at a time that is refused stays one", () => {
  assert.deepEqual(limits([REFUSED, round(10)], beginSearch(1)), [1, 1]);
});

test("The refused number is tried again, one more, ever more rarely, down to once in 512 rounds", () => {
  let search = after([round(40), REFUSED, ...rounds(3, 40)]);
  const holds: number[] = [];
  for (let n = 0; n < 6; n++) {
    search = after(rounds(search.roundsLeft, 40), search);
    assert.deepEqual([search.limit, search.phase], [8, "tryingMore"]);
    search = after([REFUSED], search);
    while (search.phase === "recovering") search = after([round(40)], search);
    assert.equal(search.limit, 7);
    holds.push(search.roundsLeft);
  }
  assert.deepEqual(holds, [64, 128, 256, 512, 512, 512]);
});

test("A number that was refused and is borne now is held, and the next one is tried soon", () => {
  const held = after([round(40), REFUSED, ...rounds(3, 40)]);
  const borne = after([...rounds(32, 40), round(50)], held);
  assert.deepEqual([borne.limit, borne.phase, borne.roundsLeft], [8, "holding", 8]);
  assert.equal(after(rounds(8, 50), borne).limit, 9);
});

test("A refusal at another time than such a try begins the long hold anew", () => {
  const held = after([round(40), REFUSED, ...rounds(3, 40)]);
  const again = after([REFUSED, ...rounds(4, 40)], held);
  assert.deepEqual([again.refusedAt, again.limit, again.hold], [7, 6, 32]);
});

test("Attempts that ran out of time halve the number, and forget what was known of the path", () => {
  const found = after([TIMED_OUT], holding);
  assert.deepEqual([found.limit, found.phase, found.best, found.refusedAt], [4, "recovering", undefined, 8]);
});

test("The number stays within bounds that change", () => {
  assert.equal(after([round(100)], holding, { min: 1, max: 5 }).limit, 5);
  assert.equal(after([round(100)], holding, { min: 9, max: 64 }).limit, 9);
  assert.equal(after([REFUSED], beginSearch(4), { min: 3, max: 64 }).limit, 3);
});
