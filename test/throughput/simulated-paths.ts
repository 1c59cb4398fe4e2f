import type { SimulatedRun } from "./simulated-path.ts";

const MB = 1e6;

type Path = Omit<SimulatedRun, "random">;

/** The paths that the search is judged by. */
export const PATHS: Readonly<Record<string, Path>> = {
  "far, capped per connection": {
    path: () => ({ perConnection: 10 * MB, total: 125 * MB, delay: 100, jitter: 0.2 }),
    duration: 60_000,
  },
  "far, within the default memory": {
    path: () => ({ perConnection: 10 * MB, total: 125 * MB, delay: 100, jitter: 0.2 }),
    duration: 60_000,
    max: 13,
  },
  "fat and near": {
    path: () => ({ perConnection: 100 * MB, total: 1250 * MB, delay: 5, jitter: 0.2 }),
    duration: 10_000,
    step: 1,
  },
  "near, and a processor that suffers from many": {
    path: () => ({ perConnection: 130 * MB, total: 750 * MB, delay: 5, jitter: 0.5, cost: 0.01 }),
    duration: 10_000,
    step: 1,
  },
  "shared with eight connections of a rival": {
    path: () => ({ perConnection: 20 * MB, total: 100 * MB, delay: 50, rivals: 8 }),
    duration: 60_000,
    max: 16,
  },
  "losing one connection of fifty": {
    path: () => ({ perConnection: 10 * MB, total: 125 * MB, delay: 100, loss: 0.02, jitter: 0.3 }),
    duration: 60_000,
  },
  "refused above six requests": {
    path: () => ({ perConnection: 10 * MB, total: 125 * MB, delay: 50, refusesAbove: 6 }),
    duration: 120_000,
  },
  "fat connections after thirty seconds": {
    path: (now) =>
      now < 30_000
        ? { perConnection: 10 * MB, total: 125 * MB, delay: 100 }
        : { perConnection: 40 * MB, total: 40 * MB, delay: 100 },
    duration: 120_000,
  },
  "six times as fat after thirty seconds": {
    path: (now) => ({ perConnection: 10 * MB, total: (now < 30_000 ? 20 : 125) * MB, delay: 100 }),
    duration: 120_000,
  },
  "a source slower than the path": {
    path: () => ({ perConnection: 10 * MB, total: 125 * MB, delay: 100 }),
    duration: 60_000,
    source: 20 * MB,
  },
  "a thin link": {
    path: () => ({ perConnection: 0.2 * MB, total: 0.2 * MB, delay: 100 }),
    duration: 3_000_000,
    step: 1000,
  },
  "three streams": {
    path: () => ({ perConnection: 10 * MB, total: 125 * MB, delay: 100 }),
    duration: 60_000,
    streams: 3,
  },
  "fifty streams": {
    path: () => ({ perConnection: 10 * MB, total: 125 * MB, delay: 100 }),
    duration: 60_000,
    streams: 50,
  },
};

const FIXED = [1, 2, 3, 4, 5, 6, 8, 10, 12, 13, 16, 20, 24, 32, 48, 64];

/** What the best of all fixed numbers moves on a path. */
export function fixedNumbers({ max = 64 }: Path): readonly number[] {
  return FIXED.filter((number) => number <= max);
}
