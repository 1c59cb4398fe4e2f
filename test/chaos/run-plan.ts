import fc from "fast-check";
import type { FaultRuleOptions } from "../../lib/emulator/index.ts";
import type { NetworkPlan } from "../support/faulty-network/plan.ts";
import { faultPlans } from "./fault-plan.ts";
import { networkPlans } from "./network-plan.ts";
import { type SigningPlan, signingPlans } from "./signing.ts";
import { type UploadPlan, uploadPlans } from "./upload-plan.ts";

/** One run: uploads beside each other, to one server, over one network. */
export interface RunPlan {
  readonly uploads: readonly UploadPlan[];
  /** Whether they share a client: sockets, credentials, clock, memory and hash thread. */
  readonly sharesClient: boolean;
  readonly signing: SigningPlan;
  readonly server: {
    /** Milliseconds that its clock is ahead. */
    readonly clockOffset: number;
    /** Milliseconds that it merges parts for. */
    readonly completeDelay: number;
    readonly faults: readonly FaultRuleOptions[];
  };
  readonly network: NetworkPlan;
}

const YEAR = 365 * 24 * 3_600_000;

const runPlans: fc.Arbitrary<RunPlan> = fc.record({
  uploads: fc.oneof(
    { weight: 5, arbitrary: fc.array(uploadPlans, { minLength: 1, maxLength: 1 }) },
    { weight: 1, arbitrary: fc.array(uploadPlans, { minLength: 2, maxLength: 3 }) },
  ),
  sharesClient: fc.boolean(),
  signing: signingPlans,
  server: fc.record({
    clockOffset: fc.constantFrom(0, 0, 0, 0, 3_600_000, -10 * YEAR, 10 * YEAR),
    completeDelay: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 300 })),
    faults: fc.oneof({ weight: 1, arbitrary: fc.constant([]) }, { weight: 3, arbitrary: faultPlans }),
  }),
  network: fc.oneof(
    { weight: 1, arbitrary: fc.constant({ links: [] }) },
    { weight: 4, arbitrary: networkPlans },
  ),
});

/** The first runs of a seed: the same for it, however many there are. */
export function planRuns(seed: number, count: number): readonly RunPlan[] {
  return fc.sample(runPlans, { seed, numRuns: count });
}
