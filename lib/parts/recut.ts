import { MIN_PART_SIZE } from "../limits.ts";
import type { PartPlan } from "./plan.ts";

/** A part that was cut in an earlier run. */
export interface CutPart {
  readonly partNumber: number;
  readonly size: number;
}

/**
 * The plan under which the parts of an earlier run are cut again: `plan` itself where they agree with it, else their own
 * sizes. A gap between them has the size of the part before it (no plan shrinks), and parts after them are as large as the
 * last, or as `plan` has them.
 *
 * It decides what can be skipped, and nothing about correctness: a part is skipped for its content alone.
 *
 * @param parts In ascending order of part numbers.
 * @returns Undefined when `plan` cannot be given these sizes: parts below 1 MiB or above `maxPartSize`, or too small for
 *   `expectedSize`.
 */
export function recut(
  plan: PartPlan,
  parts: readonly CutPart[],
  {
    maxPartSize,
    expectedSize = 0,
  }: { readonly maxPartSize: number; readonly expectedSize?: number | undefined },
): PartPlan | undefined {
  const cut = parts.filter(({ partNumber }) => partNumber <= plan.maxParts);
  if (agrees(plan, cut)) return plan;
  const sizes = fullSizes(cut);
  const last = sizes.at(-1)!;
  const size = (index: number): number => sizes[index] ?? Math.max(last, plan.size(index));
  if (sizes.some((each) => each < MIN_PART_SIZE || each > maxPartSize)) return undefined;
  let capacity = 0;
  for (let index = 0; index < plan.maxParts; index++) capacity += size(index);
  return capacity < expectedSize ? undefined : { maxParts: plan.maxParts, size, capacity };
}

function agrees(plan: PartPlan, parts: readonly CutPart[]): boolean {
  return parts.every(({ partNumber, size }, index) => {
    const planned = plan.size(partNumber - 1);
    // A shorter last part may have been the end of the stream. Of part 1 that cannot be told, and cutting it so again is as good.
    const isEnd = index === parts.length - 1 && (partNumber > 1 || size < MIN_PART_SIZE);
    return size === planned || (isEnd && size < planned);
  });
}

/** The sizes of all parts up to the last of `parts`. */
function fullSizes(parts: readonly CutPart[]): number[] {
  const sizes: number[] = [];
  for (const [index, { partNumber, size }] of parts.entries()) {
    const before = sizes.at(-1);
    while (sizes.length < partNumber - 1) sizes.push(before ?? size);
    const isEnd = index === parts.length - 1 && before !== undefined && size < before;
    sizes.push(isEnd ? before : size);
  }
  return sizes;
}
