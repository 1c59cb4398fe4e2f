import { MIN_PART_SIZE } from "../limits.ts";
import type { PartPlan } from "./plan.ts";

/** A part that was cut in an earlier run. */
export interface CutPart {
  readonly partNumber: number;
  readonly size: number;
}

/**
 * The plan with which the parts of an earlier run are cut again: `plan` itself if they agree with it, otherwise their own sizes. A part
 * that is missing between them has the size of the part before it (part sizes never shrink). Parts after them have the size of the last
 * one, or that of `plan` if it is larger.
 *
 * It decides only what can be skipped, not whether the object is correct: a part is skipped only for its content.
 *
 * @param parts In ascending order of part numbers.
 * @returns Undefined if `plan` cannot have these sizes: parts below 1 MiB or above `maxPartSize`, or too small for `expectedSize`.
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
    // A shorter last part may have been the end of the stream. For part 1 this is not known, and cutting it like that again does no harm.
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
