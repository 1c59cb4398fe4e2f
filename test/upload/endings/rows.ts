import { cells } from "./cells.ts";
import { cellOf } from "./differences.ts";
import { foreignCells, foreignPutCells } from "./foreign-cells.ts";
import { happenings, type MatrixName } from "./happenings.ts";
import { type Moment, type MomentName, momentsOf, outcomesOf, putMoments } from "./moments.ts";
import { completeOutcomes, putOutcomes } from "./outcome-cells.ts";
import { putCells } from "./put-cells.ts";
import type { Row } from "./test-cells.ts";
import { plain, type Variant } from "./variants.ts";

type Name = keyof typeof completeOutcomes;

/** The rows of an upload in parts; in a variant, COS's passing faults are what they always are. */
export function rowsOf(variant: Variant): Row[] {
  const moments = Object.entries(momentsOf(variant)) as [MomentName, Moment][];
  const names = (Object.keys(happenings) as MatrixName[]).filter(
    (name) => name in cells["after finish"] && (variant === plain || !name.endsWith("once")),
  );
  return moments.map(([name, moment]) => ({
    name,
    moment,
    cells: Object.fromEntries(names.map((what) => [what, cellOf(variant, name, what)])),
  }));
}

/** The rows of an upload whose end is not known to whoever ends it during Complete. */
export function outcomeRowsOf(variant: Variant): Row[] {
  const complete = momentsOf(variant)["during Complete"];
  return complete === undefined ? [] : outcomeRows("during Complete", complete, completeOutcomes);
}

/** The rows of an upload to which something else answers in COS's place. */
export function foreignRows(): Row[] {
  const moments = momentsOf(plain);
  return Object.entries(foreignCells).map(([name, cells]) => ({
    name,
    moment: moments[name as keyof typeof foreignCells]!,
    cells,
  }));
}

/** The rows of a stream that is sent as one Put Object. */
export function putRows(): Row[] {
  const moments = putMoments();
  const rows = Object.entries(putCells).map(([name, cells]) => ({
    name,
    moment: moments[name as keyof typeof putCells],
    cells,
  }));
  const put = moments["during Put Object"];
  const foreign = { name: "during Put Object", moment: put, cells: foreignPutCells };
  return [...rows, foreign, ...outcomeRows("during Put Object", put, putOutcomes)];
}

function outcomeRows(when: string, commit: Moment, cells: Readonly<Record<Name, Row["cells"]>>): Row[] {
  return Object.entries(outcomesOf(commit)).map(([name, moment]) => ({
    name: `${when}, ${name}`,
    moment,
    cells: cells[name as Name],
  }));
}
