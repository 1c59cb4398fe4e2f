import assert from "node:assert/strict";
import type { Emulator } from "../../lib/emulator/index.ts";
import type { Hashing } from "../../lib/events.ts";
import { storedDigest } from "../support/stored.ts";

/** How many steps the program has. */
export const STEPS = 12;

/** What the program says of a step. */
interface StepResult {
  readonly name: string;
  readonly error?: string;
  readonly hashing?: Hashing;
  /** An object that must be there. */
  readonly stored?: { readonly key: string; readonly size: number; readonly sha256: string };
  /** A key under which none may be. */
  readonly absent?: string;
}

export interface Report {
  readonly results: readonly StepResult[];
  /** Of what ran the program. */
  readonly version: string;
}

/** What the program printed. */
export function reportOf(output: string): Report {
  // What runs tests puts a frame around the line, in colours.
  const report = /PLACE (\{.*\})/.exec(output)?.[1];
  assert.ok(report, `the program did not report:\n${output}`);
  return JSON.parse(report) as Report;
}

/** Holds what the program says, and what the server has, against what must be. */
export async function judge(report: Report, emulator: Emulator, hashing: Hashing): Promise<void> {
  const { results } = report;
  assert.deepEqual(
    results.filter(({ error }) => error !== undefined),
    [],
  );
  assert.equal(results.length, STEPS);
  const threaded = results.find(({ name }) => name === "a thread hashes");
  assert.equal(threaded?.hashing, hashing, "where the step that asks for a thread hashes");
  const unthreaded = results.find(({ name }) => name === "no thread hashes");
  assert.notEqual(unthreaded?.hashing, "worker", "where the step that asks for no thread hashes");
  for (const { stored, absent } of results) {
    if (stored !== undefined) {
      const { key, size, sha256 } = stored;
      assert.equal(emulator.object(key)?.size, size, key);
      assert.equal(await storedDigest(emulator, key), sha256, key);
    }
    if (absent !== undefined) assert.equal(emulator.object(absent), undefined, absent);
  }
  assert.deepEqual(emulator.uploads(), [], "unfinished uploads");
}
