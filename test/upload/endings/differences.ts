import { type Cell, cells, fails, goesOn } from "./cells.ts";
import type { MatrixName } from "./happenings.ts";
import type { MomentName } from "./moments.ts";
import { completes, type Variant } from "./variants.ts";

type Row = Partial<Record<MatrixName, Cell>>;

/** The cell of a variant: that of the matrix, but for the few that the variant makes different. */
export function cellOf(variant: Variant, moment: MomentName, happening: MatrixName): Cell {
  return differences(variant)[moment]?.[happening] ?? cells[moment][happening];
}

function differences(variant: Variant): Partial<Record<MomentName, Row>> {
  if (variant.options.singlePut) return { "before Initiate": { end: goesOn("what fits one part is put") } };
  if (!variant.begun) {
    if (completes(variant)) return {};
    return { "before Initiate": { end: goesOn("an upload without parts is begun, for others to fill") } };
  }
  return {
    "before Initiate": {
      end: completes(variant)
        ? fails("ERR_COS_EMPTY", "no upload can be completed without parts", "")
        : goesOn("nothing is asked of COS"),
      "4xx": fails("AccessDenied", "the first part is refused", "Part"),
      "5xx": fails("SlowDown", "the first part is sent until no attempt is left", "3 Part"),
      reset: fails("ERR_COS_NETWORK", "the first part is sent until no attempt is left", "3 Part"),
      "5xx, once": goesOn("the part is sent again", { again: "Part" }),
      "reset, once": goesOn("the part is sent again", { again: "Part" }),
    },
    // Its first connection has not answered anything yet, so that its end is not that of an idle one, which is forgiven.
    "while all slots are busy": {
      reset: fails("ERR_COS_NETWORK", "the other part is cut, too", "2 Part"),
    },
  };
}
