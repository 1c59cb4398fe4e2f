import { test } from "node:test";
import { CosClient } from "../../../lib/index.ts";
import { useEmulator } from "../../support/emulator.ts";
import type { Cell } from "./cells.ts";
import { type HappeningName, happenings } from "./happenings.ts";
import type { Moment } from "./moments.ts";
import { runCell } from "./run-cell.ts";
import type { Way } from "./stage.ts";
import type { Variant } from "./variants.ts";

/** A moment of an upload, and what can happen then. */
export interface Row {
  /** As in "destroy() during Complete". */
  readonly name: string;
  readonly moment: Moment;
  readonly cells: Readonly<Partial<Record<HappeningName, Cell>>>;
}

/** A test for each cell of the rows, side by side in one bucket. */
export function testCells(title: string, way: Way, variant: Variant, rows: readonly Row[]): void {
  test(title, { concurrency: 8 }, async (t) => {
    const emulator = await useEmulator(t);
    await using helper = new CosClient(emulator.target);
    const tests = rows.flatMap(({ name, moment, cells }) =>
      Object.entries(cells).map(async ([what, cell]) => {
        const happening = happenings[what as HappeningName];
        if (happening.ways?.includes(way) === false) return;
        const key = `${what} ${name}`;
        await t.test(`${key}: ${cell.says}`, { timeout: 20_000 }, () =>
          runCell({ emulator, helper, key, way, variant, moment, happening, cell }),
        );
      }),
    );
    await Promise.all(tests);
  });
}
