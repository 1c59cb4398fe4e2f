import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { GIB, MAX_PART_SIZE, MIB } from "../../lib/limits.ts";
import { createPartPlan, type PartPlan, type PartPlanOptions } from "../../lib/parts/plan.ts";
import { type CutPart, recut } from "../../lib/parts/recut.ts";

const bounds = { maxPartSize: 128 * MIB };
const planOf = (options: Partial<PartPlanOptions> = {}): PartPlan =>
  createPartPlan({ partSize: 8 * MIB, maxParts: 10_000, ...bounds, ...options });
const parts = (...given: [partNumber: number, mebibytes: number][]): CutPart[] =>
  given.map(([partNumber, mebibytes]) => ({ partNumber, size: mebibytes * MIB }));
/** Of the first parts, in MiB. */
const sizes = (plan: PartPlan | undefined, count: number): number[] | undefined =>
  plan && Array.from({ length: count }, (_, index) => plan.size(index) / MIB);

describe("Parts of an earlier run", () => {
  test("that agree with the plan leave it as it is, with any gaps, and a short last one", () => {
    const plan = planOf();
    for (const earlier of [
      parts(),
      parts([1, 8]),
      parts([1, 8], [2, 8], [3, 8]),
      parts([2, 8], [7, 8]),
      parts([1, 8], [2, 3]),
      parts([5, 0.5]),
      parts([1, 0.25]),
      parts([1001, 16], [2001, 32]),
      parts([1000, 8], [1001, 16]),
    ]) {
      assert.equal(recut(plan, earlier, bounds), plan);
    }
  });

  test("of another size are followed as far as they go, and the plan after them", () => {
    assert.deepEqual(sizes(recut(planOf(), parts([1, 1], [2, 1], [3, 1]), bounds), 5), [1, 1, 1, 8, 8]);
    assert.deepEqual(sizes(recut(planOf(), parts([1, 20], [2, 20]), bounds), 4), [20, 20, 20, 20]);
    assert.deepEqual(sizes(recut(planOf(), parts([1, 2]), bounds), 3), [2, 8, 8]);
  });

  test("are followed where they grow and where they shrink, as other programs may cut", () => {
    assert.deepEqual(sizes(recut(planOf(), parts([1, 2], [2, 4]), bounds), 3), [2, 4, 8]);
    assert.deepEqual(sizes(recut(planOf(), parts([1, 8], [2, 20]), bounds), 3), [8, 20, 20]);
    assert.deepEqual(sizes(recut(planOf(), parts([1, 4], [2, 2], [3, 2]), bounds), 4), [4, 2, 2, 8]);
    const gap = parts([1, 2], [2, 2], [3, 4], [5, 4]);
    assert.deepEqual(sizes(recut(planOf(), gap, bounds), 6), [2, 2, 4, 4, 4, 8]);
  });

  test("of the least and the largest size there may be are followed as well", () => {
    assert.deepEqual(sizes(recut(planOf(), parts([1, 1]), bounds), 2), [1, 8]);
    assert.deepEqual(sizes(recut(planOf(), parts([1, 128], [2, 128]), bounds), 3), [128, 128, 128]);
  });

  test("up to the last that there may be count, and what all hold is their sum", () => {
    const plan = recut(planOf({ maxParts: 3 }), parts([1, 1], [2, 1], [3, 1]), bounds);
    assert.deepEqual([sizes(plan, 3), plan?.capacity], [[1, 1, 1], 3 * MIB]);
    const mixed = recut(planOf({ maxParts: 3 }), parts([1, 2], [2, 2]), bounds);
    assert.equal(mixed?.capacity, sizes(mixed, 3)!.reduce((a, b) => a + b) * MIB);
  });

  test("that hold the expected length exactly are enough, and for one byte more they are not", () => {
    const plan = planOf({ maxParts: 3 });
    const at = (expectedSize: number) =>
      recut(plan, parts([1, 1], [2, 1], [3, 1]), { ...bounds, expectedSize });
    assert.equal(at(3 * MIB)?.capacity, 3 * MIB);
    assert.equal(at(3 * MIB + 1), undefined);
  });

  test("are refused for one of them that cannot be cut again", () => {
    assert.equal(recut(planOf(), parts([1, 1], [2, 129], [3, 129]), bounds), undefined);
  });

  test("that are missing between others are as large as the one before", () => {
    const plan = recut(planOf(), parts([2, 2], [5, 2], [8, 4]), bounds);
    assert.deepEqual(sizes(plan, 9), [2, 2, 2, 2, 2, 2, 2, 4, 8]);
  });

  test("of which the last is shorter than the one before were at the stream's end: it can be full now", () => {
    assert.deepEqual(sizes(recut(planOf(), parts([1, 2], [2, 2], [3, 1]), bounds), 4), [2, 2, 2, 8]);
  });

  test("beyond maxParts do not count", () => {
    const plan = planOf({ maxParts: 3 });
    assert.equal(recut(plan, parts([3, plan.size(2) / MIB], [4, 99]), bounds), plan);
  });

  test("that cannot be cut again are refused: too large for the memory, too small for COS, too few for the length", () => {
    assert.equal(recut(planOf(), parts([1, 129], [2, 129]), bounds), undefined);
    assert.equal(recut(planOf(), parts([1, 0.5], [2, 0.5]), bounds), undefined);
    const expectedSize = 100 * GIB;
    const plan = planOf({ expectedSize, maxParts: 1_000, maxPartSize: MAX_PART_SIZE });
    const all: CutPart[] = Array.from({ length: 1_000 }, (_, index) => ({
      partNumber: index + 1,
      size: MIB,
    }));
    assert.equal(recut(plan, all, { maxPartSize: MAX_PART_SIZE, expectedSize }), undefined);
    assert.ok(recut(plan, all.slice(0, 1), { maxPartSize: MAX_PART_SIZE, expectedSize: 99 * GIB }));
  });

  test("of any plan, some of them lost, are all found again, whatever the plan now (property)", () => {
    const options = fc.record({
      earlierSize: fc.integer({ min: MIB, max: 16 * MIB }),
      partSize: fc.integer({ min: MIB, max: 16 * MIB }),
      count: fc.integer({ min: 1, max: 99 }),
      lost: fc.uniqueArray(fc.integer({ min: 1, max: 99 }), { maxLength: 20 }),
    });
    fc.assert(
      fc.property(options, ({ earlierSize, partSize, count, lost }) => {
        const earlier = planOf({ partSize: earlierSize });
        const left = Array.from({ length: count }, (_, index) => ({
          partNumber: index + 1,
          size: earlier.size(index),
        })).filter(({ partNumber }) => !lost.includes(partNumber));
        const now = recut(planOf({ partSize }), left, bounds);
        const offset = (plan: PartPlan, partNumber: number): number =>
          Array.from({ length: partNumber - 1 }, (_, index) => plan.size(index)).reduce((a, b) => a + b, 0);
        // One part alone may have been a stream's last one, of any plan.
        if (left.length < 2) return;
        for (const { partNumber, size } of left) {
          assert.equal(now?.size(partNumber - 1), size);
          assert.equal(offset(now, partNumber), offset(earlier, partNumber));
        }
      }),
      { numRuns: 300 },
    );
  });
});
