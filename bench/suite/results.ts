import type { Sample } from "../measure/plan.ts";
import { median } from "../support/statistics.ts";
import type { Case, Group } from "./case.ts";

/** What came of a case: one sample a round, or why there is none. */
export interface Outcome extends Case {
  readonly samples: Sample[];
  error?: string;
}

export type Measure = (sample: Sample) => number | undefined;

const MIB = 1024 * 1024;
const GIB = 1024 * MIB;

/** Higher is faster. */
export const MIB_PER_SECOND: Measure = ({ bytes = 0, seconds = 0 }) => bytes / MIB / seconds;
/** Of what runs on one thread: the speed it has when it is let alone. */
export const MIB_PER_CPU_SECOND: Measure = ({ bytes = 0, cpu }) =>
  cpu === undefined ? undefined : bytes / MIB / cpu;
export const CPU_PER_GIB: Measure = ({ bytes = 0, cpu }) =>
  cpu === undefined ? undefined : cpu / (bytes / GIB);
export const MAIN_CPU_PER_GIB: Measure = ({ bytes = 0, mainCpu }) =>
  mainCpu === undefined ? undefined : mainCpu / (bytes / GIB);
export const SERVER_CPU_PER_GIB: Measure = ({ bytes = 0, serverCpu }) =>
  serverCpu === undefined ? undefined : serverCpu / (bytes / GIB);
export const MILLISECONDS: Measure = ({ seconds }) => (seconds === undefined ? undefined : seconds * 1000);

/** All that was measured, by group and case. */
export class Results {
  readonly #outcomes = new Map<string, Map<string, Outcome>>();

  add(group: Group): Outcome[] {
    const outcomes = group.cases.map(({ name, plan }): Outcome => ({ name, plan, samples: [] }));
    this.#outcomes.set(group.name, new Map(outcomes.map((outcome) => [outcome.name, outcome])));
    return outcomes;
  }

  group(name: string): Outcome[] {
    return [...(this.#outcomes.get(name)?.values() ?? [])];
  }

  /** How often the cases of a group were measured. */
  rounds(group: string): number {
    return Math.max(0, ...this.group(group).map(({ samples }) => samples.length));
  }

  groups(): string[] {
    return [...this.#outcomes.keys()];
  }

  has(group: string, name: string): boolean {
    return this.#outcomes.get(group)?.has(name) ?? false;
  }

  /** @throws What kept it from being measured. */
  values(group: string, name: string, measure: Measure): number[] {
    const outcome = this.#outcomes.get(group)?.get(name);
    if (outcome === undefined) throw new Error(`${group} was left out`);
    if (outcome.error !== undefined) throw new Error(`${name}: ${outcome.error}`);
    return outcome.samples.map((sample) => {
      const value = measure(sample);
      if (value === undefined) throw new Error("this system does not tell");
      return value;
    });
  }

  median(group: string, name: string, measure: Measure): number {
    return median(this.values(group, name, measure));
  }

  /** Median of the ratios of each round: what disturbs a round disturbs both. */
  ratio(group: string, [upper, lower]: readonly [string, string], measure: Measure): number {
    const below = this.values(group, lower, measure);
    return median(this.values(group, upper, measure).map((value, round) => value / below[round]!));
  }
}
