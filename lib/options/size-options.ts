import { describeValue } from "../check/describe.ts";
import { invalidOption } from "../check/invalid-option.ts";
import { decide } from "../check/table.ts";
import { MAX_PARTS } from "../limits.ts";
import { SLAB_SIZE, slabsFor, slabsWithin } from "../memory/slabs.ts";
import { createPartPlan, type PartPlan } from "../parts/plan.ts";
import { PLAN, type PlanOptions } from "./tables.ts";

/**
 * Plans the parts of a stream.
 *
 * @param maxPartSize The memory that there is for a part: no part can be larger.
 * @throws RangeError `ERR_COS_INVALID_OPTION` for sizes that cannot work together, so that nothing waits for ever.
 */
export function resolvePlan(
  given: PlanOptions,
  maxPartSize: number,
  availableParts: number = MAX_PARTS,
): PartPlan {
  const options = decide(PLAN, given);
  const partSize = given.partSize ?? Math.min(options.partSize, maxPartSize);
  if (partSize > maxPartSize) {
    const rule =
      `expected at most ${maxPartSize} bytes, as one part must fit "memory", which is used in slabs of ${SLAB_SIZE} bytes; ` +
      `raise "memory" to ${slabsFor(partSize) * SLAB_SIZE} or more`;
    throw invalidOption(RangeError, "partSize", rule, describeValue(partSize));
  }
  const maxParts = Math.min(options.maxParts, availableParts);
  return createPartPlan({ partSize, maxParts, expectedSize: options.expectedSize, maxPartSize });
}

/** The memory of a stream: what it asks for, of what its client has, in whole slabs. */
export function resolveMemory(given: number | undefined, available: number): number {
  const memory = given ?? available;
  if (memory <= available) return slabsWithin(memory) * SLAB_SIZE;
  const rule = `expected at most the ${available} bytes of the "client", which all its streams share`;
  throw invalidOption(RangeError, "memory", rule, describeValue(memory));
}
