import { foreignRows, outcomeRowsOf, putRows, rowsOf } from "./endings/rows.ts";
import { testCells } from "./endings/test-cells.ts";
import { plain, short } from "./endings/variants.ts";

/**
 * The matrix of endings (`endings/cells.ts`): what can happen to an upload, at each of its moments. Whatever the cell, there is
 * one settlement, the key holds its old object or the whole new one, and nothing is left running or lying about.
 */
for (const way of ["write", "pipe", "pipeline"] as const) {
  testCells(`An upload by ${way}:`, way, plain, rowsOf(plain));
  testCells(`An upload by ${way} that is ended while COS completes it:`, way, plain, outcomeRowsOf(plain));
  testCells(`A stream by ${way} that is sent as one Put Object:`, way, short, putRows());
}

testCells("An upload to which something else answers:", "write", plain, foreignRows());
