import assert from "node:assert/strict";
import type { Digester, Digests } from "../../lib/digest/digester.ts";
import type { SegmentSource } from "../../lib/memory/part-memory.ts";
import type { Part } from "../../lib/parts/part.ts";
import type { PartPlan } from "../../lib/parts/plan.ts";
import { oracleDigests } from "../digest/support.ts";
import { MIB } from "../support/bytes.ts";

/** Any sizes: the assembler does not know COS's limits, so small ones show the same as large ones. */
export function planOf(...sizes: readonly number[]): PartPlan {
  const capacity = sizes.reduce((sum, size) => sum + size, 0);
  return { maxParts: sizes.length, size: (index) => sizes[index]!, capacity };
}

/** What the parts must be: slices of the bytes, numbered, digested. */
function expectedParts(bytes: Uint8Array, plan: PartPlan): Omit<Part, "body">[] {
  const parts: Omit<Part, "body">[] = [];
  for (let offset = 0; offset < bytes.byteLength; offset += plan.size(parts.length - 1)) {
    const piece = bytes.subarray(offset, offset + plan.size(parts.length));
    parts.push({ partNumber: parts.length + 1, offset, size: piece.byteLength, ...oracleDigests(piece) });
  }
  return parts;
}

export function assertParts(parts: readonly Part[], bytes: Uint8Array, plan: PartPlan): void {
  assert.deepEqual(
    parts.map(({ body: _, ...rest }) => rest),
    expectedParts(bytes, plan),
  );
  assert.ok(Buffer.concat(parts.flatMap(({ body }) => body)).equals(bytes));
  for (const { body } of parts) {
    assert.ok(body.every(({ byteLength }) => byteLength > 0 && byteLength <= MIB));
  }
}

/** New segments of one size, without a bound. */
export function segmentsOf(segmentSize: number): SegmentSource {
  return { acquire: (size) => new Uint8Array(Math.min(size, segmentSize)) };
}

export interface HeldDigesters {
  readonly createDigester: () => Digester;
  /** The digests of the first that waits are there. */
  readonly tellNext: () => void;
  discarded: number;
}

/** Digesters that tell when the test wants it, in their order. */
export function heldDigesters(): HeldDigesters {
  const waiting: (() => void)[] = [];
  const digests: Digests = { md5: "", crc64: "" };
  const held: HeldDigesters = {
    discarded: 0,
    createDigester: () => ({
      update: () => {},
      digest: (done) => void waiting.push(() => done(digests)),
      discard: () => {
        held.discarded += 1;
      },
    }),
    tellNext: () => waiting.shift()!(),
  };
  return held;
}
