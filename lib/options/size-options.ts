import { describeValue } from "../check/describe.ts";
import { invalidOption } from "../check/invalid-option.ts";
import { decide } from "../check/table.ts";
import { MAX_PARTS } from "../limits.ts";
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
    const rule = `expected at most the "memory" of ${maxPartSize} bytes, in which one part must fit`;
    throw invalidOption(RangeError, "partSize", rule, describeValue(partSize));
  }
  const maxParts = Math.min(options.maxParts, availableParts);
  return createPartPlan({ partSize, maxParts, expectedSize: options.expectedSize, maxPartSize });
}

/** The memory of a stream: what it asks for, of what its client has. */
export function resolveMemory(memory: number | undefined, available: number): number {
  if (memory === undefined || memory <= available) return memory ?? available;
  const rule = `expected at most the ${available} bytes of the "client", which all its streams share`;
  throw invalidOption(RangeError, "memory", rule, describeValue(memory));
}
