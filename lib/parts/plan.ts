import { invalidOption } from "../check/invalid-option.ts";
import { CosUploadError } from "../errors.ts";
import { MAX_PART_SIZE, MIB } from "../limits.ts";

export interface PartPlanOptions {
  /** Size of the first part in bytes. */
  readonly partSize: number;
  /** Most parts. */
  readonly maxParts: number;
  /** Exact length of the stream, if it is known. */
  readonly expectedSize?: number | undefined;
  /** Largest size of a part: 5 GiB, or the memory. */
  readonly maxPartSize: number;
}

/** Where a stream is cut. It is a pure function of the options, so that a second run cuts at the same offsets. */
export interface PartPlan {
  readonly maxParts: number;
  /** Planned size in bytes of the part at `index` (0 for the first). */
  size(index: number): number;
  /** Bytes that fit in all parts together. */
  readonly capacity: number;
}

/** How often the part size doubles over the whole range of parts, as far as it can grow. */
const STEPS = 10;

/**
 * Plans the parts.
 *
 * If the length is known, all parts have one size: `partSize`, or the smallest number of MiB with which the stream fits. If not, the size
 * doubles after every tenth of the parts (after each 1,000 of COS's 10,000), up to the largest size: parts of 8 MiB up to 7.8 GiB of
 * stream, of 16 MiB up to 23 GiB, and so on. So short streams have small parts, and long ones never run out of part numbers.
 * `capacity` grows with `maxPartSize`: 867 GiB with 128 MiB, 7.8 TiB with 5 GiB.
 *
 * @throws RangeError `ERR_COS_INVALID_OPTION` if `expectedSize` does not fit.
 */
export function createPartPlan(options: PartPlanOptions): PartPlan {
  return options.expectedSize === undefined ? growingPlan(options) : evenPlan(options, options.expectedSize);
}

function evenPlan({ partSize, maxParts, maxPartSize }: PartPlanOptions, expectedSize: number): PartPlan {
  const needed = Math.ceil(expectedSize / maxParts);
  const size = needed <= partSize ? partSize : Math.min(Math.ceil(needed / MIB) * MIB, maxPartSize);
  if (needed > size) {
    throw invalidOption(
      RangeError,
      "expectedSize",
      `${maxParts} parts of at most ${maxPartSize} bytes hold no more than ${maxParts * maxPartSize} bytes` +
        (maxPartSize < MAX_PART_SIZE ? `; raise "memory" to ${Math.ceil(needed / MIB) * MIB} or more` : ""),
      String(expectedSize),
    );
  }
  return { maxParts, size: () => size, capacity: maxParts * size };
}

function growingPlan({ partSize, maxParts, maxPartSize }: PartPlanOptions): PartPlan {
  const step = Math.ceil(maxParts / STEPS);
  const sizeInStep = (number: number): number => Math.min(partSize * 2 ** number, maxPartSize);
  let capacity = 0;
  for (let first = 0; first < maxParts; first += step) {
    capacity += Math.min(step, maxParts - first) * sizeInStep(first / step);
  }
  return { maxParts, size: (index) => sizeInStep(Math.floor(index / step)), capacity };
}

/** `ERR_COS_TOO_LARGE`: the stream is longer than the parts of the plan. It fails before a part that COS would refuse is sent. */
export function tooLarge(plan: PartPlan): CosUploadError {
  return new CosUploadError(
    "ERR_COS_TOO_LARGE",
    `The stream is longer than the ${plan.capacity} bytes that ${plan.maxParts} parts hold under these options; ` +
      'raise "partSize" or "memory", or say the length with "expectedSize"',
  );
}
