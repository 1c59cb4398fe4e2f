import { CosError } from "../cos-error.ts";
import type { EmulatorLimits } from "../options.ts";
import type { PartRecord } from "../store/records.ts";
import type { ListedPart } from "../xml.ts";

/** Compares the list of a Complete with the parts that were uploaded. */
export function listedParts(
  listed: readonly ListedPart[],
  uploaded: ReadonlyMap<number, PartRecord>,
  limits: Required<EmulatorLimits>,
): PartRecord[] {
  const numbers = listed.map(({ partNumber }) =>
    /^\d{1,9}$/.test(partNumber) ? Number(partNumber) : Number.NaN,
  );
  for (const [index, number] of numbers.entries()) {
    if (Number.isNaN(number)) throw invalidPart(listed[index]?.partNumber ?? "");
    const before = numbers[index - 1];
    if (before !== undefined && number <= before) {
      throw new CosError(
        400,
        "InvalidPartOrder",
        "The list of parts was not in ascending order. Parts list must be specified in order by part number.",
      );
    }
  }
  const parts = listed.map(({ etag }, index) => {
    const part = uploaded.get(numbers[index] ?? 0);
    const unquoted = etag.replace(/^"(.*)"$/, "$1");
    if (!part || part.etag.toLowerCase() !== unquoted.toLowerCase() || part.partNumber !== index + 1) {
      throw invalidPart(String(numbers[index]));
    }
    return part;
  });
  const small = parts.slice(0, -1).find((part) => part.size < limits.minPartSize);
  if (small) {
    throw new CosError(
      400,
      "EntityTooSmall",
      "Your proposed upload is smaller than the minimum allowed size.",
      {
        details: {
          PartNumber: String(small.partNumber),
          ProposedSize: String(small.size),
          MinSizeAllowed: String(limits.minPartSize),
        },
      },
    );
  }
  return parts;
}

function invalidPart(number: string): CosError {
  return new CosError(
    400,
    "InvalidPart",
    "One or more of the specified parts could not be found, are not contiguous from 1, or have another ETag.",
    { details: { PartNumber: number } },
  );
}
