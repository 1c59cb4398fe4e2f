import fc from "fast-check";
import { KIB, MIB } from "../support/bytes.ts";
import type { LinkFault, LinkPlan, NetworkPlan, WayPlan } from "../support/faulty-network/plan.ts";

/** Heads of requests are some 700 bytes, parts 1 MiB and more. */
const upAt = fc.oneof(fc.integer({ min: 0, max: 2 * KIB }), fc.integer({ min: 0, max: 3 * MIB }));
/** Answers are some 300 to 700 bytes. */
const downAt = fc.integer({ min: 0, max: 2 * KIB });
const bit = fc.integer({ min: 0, max: 7 });

const interruptions = (at: fc.Arbitrary<number>): fc.Arbitrary<LinkFault> =>
  fc.oneof(
    fc.record({ kind: fc.constantFrom("reset", "half-close", "truncate", "black-hole"), at }),
    fc.record({
      kind: fc.constant("stall" as const),
      at,
      milliseconds: fc.oneof(fc.integer({ min: 1, max: 300 }), fc.integer({ min: 300, max: 2500 })),
    }),
    fc.record({
      kind: fc.constant("slow-reader" as const),
      at,
      milliseconds: fc.integer({ min: 1, max: 15 }),
    }),
  );

const flip = (where: "head" | "body" | "any", at: fc.Arbitrary<number>): fc.Arbitrary<LinkFault> =>
  fc.record({ kind: fc.constant("flip" as const), where: fc.constant(where), at, bit });

const upFaults = fc.oneof(
  { weight: 4, arbitrary: interruptions(upAt) },
  {
    weight: 3,
    arbitrary: flip("body", fc.oneof(fc.integer({ min: 0, max: 300 }), fc.integer({ min: 0, max: 2 * MIB }))),
  },
  { weight: 1, arbitrary: flip("head", fc.integer({ min: 0, max: 3 * KIB })) },
);
const downFaults = fc.oneof(
  { weight: 1, arbitrary: interruptions(downAt) },
  { weight: 2, arbitrary: flip("any", downAt) },
);

const ways = (faults: fc.Arbitrary<LinkFault>): fc.Arbitrary<WayPlan> =>
  fc.oneof(
    { weight: 1, arbitrary: fc.constant({}) },
    { weight: 2, arbitrary: fc.record({ faults: fc.array(faults, { minLength: 1, maxLength: 3 }) }) },
    fc.record(
      {
        delay: fc.integer({ min: 1, max: 20 }),
        bytesPerSecond: fc.integer({ min: MIB, max: 30 * MIB }),
        faults: fc.array(faults, { maxLength: 1 }),
      },
      { requiredKeys: [] },
    ),
  );

const links: fc.Arbitrary<LinkPlan> = fc.record({ up: ways(upFaults), down: ways(downFaults) });

/** What the network does wrong. */
export const networkPlans: fc.Arbitrary<NetworkPlan> = fc.record({
  links: fc.array(fc.oneof({ weight: 1, arbitrary: fc.constant({}) }, { weight: 4, arbitrary: links }), {
    minLength: 1,
    maxLength: 10,
    size: "max",
  }),
  others: fc.oneof({ weight: 5, arbitrary: fc.constant({}) }, { weight: 1, arbitrary: links }),
  refusals: fc.oneof(
    { weight: 4, arbitrary: fc.constant([]) },
    fc.array(
      fc.record({
        afterLinks: fc.integer({ min: 0, max: 6 }),
        milliseconds: fc.integer({ min: 5, max: 400 }),
      }),
      { maxLength: 2 },
    ),
  ),
});
