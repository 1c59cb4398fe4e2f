import type { CachedFiles } from "./cached-files.ts";
import type { Group } from "./case.ts";
import { measure } from "./measure.ts";
import type { Results } from "./results.ts";
import type { ServerProcess } from "./server-process.ts";

/** Measures a group, round by round. A case that fails is left out from there on, and says why. */
export async function runGroup(
  group: Group,
  server: ServerProcess,
  results: Results,
  files: CachedFiles,
): Promise<void> {
  const outcomes = results.add(group);
  for (let round = 0; round < group.rounds; round++) {
    for (const outcome of outcomes) {
      if (outcome.error !== undefined) continue;
      try {
        outcome.samples.push(await measure(outcome.plan, server, files));
      } catch (error) {
        outcome.error = error instanceof Error ? error.message : String(error);
      }
    }
  }
}
