import type fc from "fast-check";

/**
 * How properties are tried. Every run has a seed of its own. A property that fails prints its `seed` and `path`; the same run
 * again, and a longer one, are asked for by the environment:
 *
 *     FUZZ_SEED=-1523 FUZZ_PATH=12:0:3 node --import tsx --test test/property/xml.test.ts
 *     FUZZ_TIMES=100 npm run fuzz
 *
 * `FUZZ_TIMES` multiplies the number of inputs of every property.
 */
const { FUZZ_SEED, FUZZ_PATH, FUZZ_TIMES = "1" } = process.env;

/** The options of `fc.assert` for so many inputs. */
export function runs<T = unknown>(numRuns: number): fc.Parameters<T> {
  return {
    numRuns: Math.ceil(numRuns * Number(FUZZ_TIMES)),
    ...(FUZZ_SEED !== undefined && { seed: Number(FUZZ_SEED) }),
    ...(FUZZ_PATH !== undefined && { path: FUZZ_PATH }),
  };
}
