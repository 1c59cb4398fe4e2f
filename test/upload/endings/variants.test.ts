import { outcomeRowsOf, rowsOf } from "./rows.ts";
import { testCells } from "./test-cells.ts";
import { variants } from "./variants.ts";

/** The matrix again, for uploads that go other ways. */
for (const [name, variant] of Object.entries(variants)) {
  testCells(`An upload ${name}:`, "write", variant, [...rowsOf(variant), ...outcomeRowsOf(variant)]);
}
