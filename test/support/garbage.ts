import { setImmediate as turn } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

/** Collects what nothing holds. What a turn of the event loop still had in hand is garbage only after it. */
export async function collectGarbage(): Promise<void> {
  for (let round = 0; round < 4; round++) {
    await turn();
    collect();
  }
}
