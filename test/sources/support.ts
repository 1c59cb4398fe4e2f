import assert from "node:assert/strict";
import type { Emulator } from "../../lib/emulator/index.ts";
import { createUploadStream, type UploadStream } from "../../lib/index.ts";
import { MIB, seededBytes } from "../support/bytes.ts";
import { digestOf, storedDigest } from "../support/emulator.ts";

/** More than two parts, and no round number. */
export const bytes: Buffer = seededBytes(2 * MIB + 54_321);

export function uploadTo(emulator: Emulator, key = "object"): UploadStream {
  return createUploadStream({ ...emulator.target, key, partSize: MIB });
}

export async function assertStored(emulator: Emulator, expected: Uint8Array, key = "object"): Promise<void> {
  assert.equal(
    await storedDigest(emulator, key),
    digestOf(expected),
    `${key} is byte for byte what was sent`,
  );
}
