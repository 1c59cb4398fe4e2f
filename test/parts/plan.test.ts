import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { GIB, MAX_PART_SIZE, MAX_PARTS, MIB } from "../../lib/limits.ts";
import { createPartPlan, type PartPlan, type PartPlanOptions, tooLarge } from "../../lib/parts/plan.ts";

const sizesOf = (plan: PartPlan): number[] =>
  Array.from({ length: plan.maxParts }, (_, index) => plan.size(index));
const sum = (sizes: readonly number[]): number => sizes.reduce((total, size) => total + size, 0);

const limits: fc.Arbitrary<PartPlanOptions> = fc
  .record({
    partSize: fc.integer({ min: MIB, max: 64 * MIB }),
    maxParts: fc.oneof(fc.integer({ min: 1, max: 50 }), fc.integer({ min: 1, max: MAX_PARTS })),
    more: fc.integer({ min: 0, max: 5 * GIB }),
  })
  .map(({ partSize, maxParts, more }) => ({
    partSize,
    maxParts,
    maxPartSize: Math.min(MAX_PART_SIZE, partSize + more),
  }));

test("without a length, sizes begin at partSize, never fall, stay below the cap and sum to the capacity", () => {
  fc.assert(
    fc.property(limits, (options) => {
      const plan = createPartPlan(options);
      const sizes = sizesOf(plan);
      assert.equal(sizes[0], options.partSize);
      assert.ok(sizes.every((size, index) => size >= (sizes[index - 1] ?? 0) && size <= options.maxPartSize));
      assert.equal(sum(sizes), plan.capacity);
      assert.equal(sizes.length, options.maxParts);
    }),
    { numRuns: 200 },
  );
});

test("with a length, all sizes are one, which is enough, no smaller than partSize, and no larger than it must be", () => {
  const input = limits.chain((options) =>
    fc.record({
      options: fc.constant(options),
      expectedSize: fc.maxSafeNat().map((n) => n % (options.maxParts * options.maxPartSize + 1)),
    }),
  );
  fc.assert(
    fc.property(input, ({ options, expectedSize }) => {
      const plan = createPartPlan({ ...options, expectedSize });
      const size = plan.size(0);
      assert.ok(plan.capacity >= expectedSize);
      assert.equal(plan.capacity, plan.maxParts * size);
      assert.ok(size >= options.partSize && size <= options.maxPartSize);
      assert.equal(plan.size(plan.maxParts - 1), size);
      if (size > options.partSize) assert.ok((size - MIB) * plan.maxParts < expectedSize);
    }),
    { numRuns: 300 },
  );
});

test("a plan is the same for the same options, so that a second run cuts at the same offsets", () => {
  fc.assert(
    fc.property(limits, (options) => {
      assert.deepEqual(sizesOf(createPartPlan(options)), sizesOf(createPartPlan({ ...options })));
    }),
    { numRuns: 20 },
  );
});

for (const [expectedSize, partSize, maxParts, size] of [
  [0, MIB, 1, MIB],
  [MIB, MIB, 1, MIB],
  [MIB + 1, MIB, 1, 2 * MIB],
  [2 * MIB, MIB, 1, 2 * MIB],
  [10 * MIB, MIB, 10, MIB],
  [10 * MIB + 1, MIB, 10, 2 * MIB],
  [3 * (MIB + 1), MIB + 1, 3, MIB + 1],
  [10_000 * 8 * MIB, 8 * MIB, 10_000, 8 * MIB],
  [10_000 * 8 * MIB + 1, 8 * MIB, 10_000, 9 * MIB],
  [10_000 * 5 * GIB, 8 * MIB, 10_000, 5 * GIB],
] as const) {
  test(`${expectedSize} bytes in ${maxParts} parts of at least ${partSize} bytes are cut at every ${size}`, () => {
    const plan = createPartPlan({ partSize, maxParts, expectedSize, maxPartSize: MAX_PART_SIZE });
    assert.equal(plan.size(0), size);
  });
}

test("a length that no plan holds is refused, with the memory that would do", () => {
  const options = { partSize: MIB, maxParts: 10, maxPartSize: 4 * MIB };
  const at = (expectedSize: number): unknown => createPartPlan({ ...options, expectedSize });
  at(40 * MIB);
  assert.throws(() => at(40 * MIB + 1), {
    name: "RangeError",
    code: "ERR_COS_INVALID_OPTION",
    option: "expectedSize",
    message: new RegExp(`raise "memory" to ${5 * MIB} or more`),
  });
});

test("the size doubles after every tenth of the parts, until the cap", () => {
  const plan = createPartPlan({ partSize: MIB, maxParts: 20, maxPartSize: 9 * MIB });
  const inMib = sizesOf(plan).map((size) => size / MIB);
  assert.deepEqual(inMib, [1, 1, 2, 2, 4, 4, 8, 8, ...Array(12).fill(9)]);
});

test("capacities are as documented: 8 MiB parts hold 867 GiB at the default memory, and 7.8 TiB at the largest part", () => {
  const capacity = (maxPartSize: number): number =>
    createPartPlan({ partSize: 8 * MIB, maxParts: MAX_PARTS, maxPartSize }).capacity;
  assert.equal(Math.floor(capacity(128 * MIB) / GIB), 867);
  assert.equal((capacity(MAX_PART_SIZE) / GIB / 1024).toFixed(1), "7.8");
});

test("a stream beyond the plan is too large, and the error says by what to mend it", () => {
  const error = tooLarge(createPartPlan({ partSize: MIB, maxParts: 2, maxPartSize: MIB }));
  assert.equal(error.code, "ERR_COS_TOO_LARGE");
  assert.match(error.message, /2097152 bytes that 2 parts hold.*"partSize" or "memory".*"expectedSize"/);
});

test("the refusal says what the parts hold, and speaks of memory only where more of it would do", () => {
  const messageAt = (maxPartSize: number): string => {
    try {
      createPartPlan({ partSize: MIB, maxParts: 2, maxPartSize, expectedSize: 2 * maxPartSize + 1 });
    } catch (error) {
      return (error as Error).message;
    }
    return "";
  };
  const hold = (maxPartSize: number): string =>
    `2 parts of at most ${maxPartSize} bytes hold no more than ${2 * maxPartSize} bytes`;
  const of = (maxPartSize: number, more: string): string =>
    `Invalid option "expectedSize": ${hold(maxPartSize)}${more}; received ${2 * maxPartSize + 1}`;
  assert.equal(messageAt(MIB), of(MIB, `; raise "memory" to ${2 * MIB} or more`));
  assert.equal(messageAt(MAX_PART_SIZE), of(MAX_PART_SIZE, ""));
});
