import type { Emulator } from "../../../lib/emulator/index.ts";
import type { CosClient } from "../../../lib/index.ts";
import type { Cell } from "./cells.ts";
import type { Happening } from "./happenings.ts";
import type { Moment } from "./moments.ts";
import type { Way } from "./stage.ts";
import type { Variant } from "./variants.ts";

/** A cell, and what it is tried with. */
export interface Trial {
  readonly emulator: Emulator;
  /** The test's own. */
  readonly helper: CosClient;
  readonly key: string;
  readonly way: Way;
  readonly variant: Variant;
  readonly moment: Moment;
  readonly happening: Happening;
  readonly cell: Cell;
}
