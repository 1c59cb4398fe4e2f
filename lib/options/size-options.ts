import { checkInteger, describeValue } from "../check.ts";
import { checkPartNumber } from "../cos/parameters/check-params.ts";
import { invalidOption } from "../errors.ts";
import { KIB, MAX_PART_SIZE, MAX_PARTS, MIB, MIN_PART_SIZE } from "../limits.ts";
import type { UploadStreamOptions } from "../options.ts";
import { createPartPlan, type PartPlan } from "../parts/plan.ts";
import { resolveMemory } from "./resources.ts";

const DEFAULT_PART_SIZE: number = 8 * MIB;
const DEFAULT_HIGH_WATER_MARK = 256 * KIB;

/** How a stream is cut, and what is held of it. Sizes are bytes. */
export interface ResolvedSizes {
  readonly plan: PartPlan;
  readonly firstPartNumber: number;
  readonly concurrency: number;
  readonly memory: number;
  readonly highWaterMark: number;
}

/** The part sizes and buffers; what cannot work together is refused here, so that nothing can wait for ever. */
export function resolvePlan(
  options: Pick<UploadStreamOptions, "partSize" | "maxParts" | "expectedSize">,
  maxPartSize: number,
  availableParts: number = MAX_PARTS,
): PartPlan {
  const bounds = { min: MIN_PART_SIZE, max: MAX_PART_SIZE, unit: "bytes" };
  const given = checkInteger("partSize", options.partSize, bounds);
  const partSize = given ?? Math.min(DEFAULT_PART_SIZE, maxPartSize);
  if (partSize > maxPartSize) {
    const rule = `expected at most the "memory" of ${maxPartSize} bytes, in which one part must fit`;
    throw invalidOption(RangeError, "partSize", rule, describeValue(partSize));
  }
  const maxParts = checkInteger("maxParts", options.maxParts, { min: 1, max: MAX_PARTS }) ?? MAX_PARTS;
  const expectedSize = checkInteger("expectedSize", options.expectedSize, {
    min: 0,
    max: Number.MAX_SAFE_INTEGER,
    unit: "bytes",
  });
  return createPartPlan({
    partSize,
    maxParts: Math.min(maxParts, availableParts),
    expectedSize,
    maxPartSize,
  });
}

export function resolveSizes(
  options: UploadStreamOptions,
  uploadId: string | undefined,
  available: number,
): ResolvedSizes {
  const memory = resolveMemory(options.memory) ?? available;
  if (memory > available) {
    const rule = `expected at most the ${available} bytes of the "client", which all its streams share`;
    throw invalidOption(RangeError, "memory", rule, describeValue(memory));
  }
  const firstPartNumber = checkPartNumber("firstPartNumber", options.firstPartNumber) ?? 1;
  if (options.firstPartNumber !== undefined && uploadId === undefined) {
    throw invalidOption(
      TypeError,
      "firstPartNumber",
      'it goes with "uploadId" only',
      describeValue(firstPartNumber),
    );
  }
  return {
    plan: resolvePlan(options, Math.min(memory, MAX_PART_SIZE), MAX_PARTS - firstPartNumber + 1),
    firstPartNumber,
    concurrency: checkInteger("concurrency", options.concurrency, { min: 1, max: 64 }) ?? 4,
    memory,
    highWaterMark:
      checkInteger("highWaterMark", options.highWaterMark, { min: 0, max: MAX_PART_SIZE, unit: "bytes" }) ??
      DEFAULT_HIGH_WATER_MARK,
  };
}
