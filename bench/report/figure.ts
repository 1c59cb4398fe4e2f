import type { Measure, Results } from "../suite/results.ts";

/** A number that this package is held to. */
export interface Figure {
  readonly what: string;
  readonly target: string;
  /** @throws What kept it from being measured. */
  judge(results: Results): Finding;
}

export interface Finding {
  /** What was measured, with its unit. */
  readonly got: string;
  readonly reached: boolean;
}

/** A finding, or why there is none. */
export interface Judgement {
  readonly what: string;
  readonly target: string;
  readonly got: string;
  readonly verdict: "reached" | "missed" | "not measured";
}

type Bound = readonly ["at least" | "at most", number];

/** A ratio of two cases of a group: `upper / lower`. */
export interface Ratio {
  readonly group: string;
  readonly cases: readonly [upper: string, lower: string];
  readonly measure: Measure;
}

/** A bound that a ratio is to keep. */
export function ratioFigure(what: string, { group, cases, measure }: Ratio, bound: Bound): Figure {
  return {
    what,
    target: `${describe(bound)} ×`,
    judge(results) {
      const ratio = results.ratio(group, cases, measure);
      return { got: `${ratio.toFixed(2)} ×`, reached: isWithin(ratio, bound) };
    },
  };
}

export function judge(figure: Figure, results: Results): Judgement {
  const { what, target } = figure;
  try {
    const { got, reached } = figure.judge(results);
    return { what, target, got, verdict: reached ? "reached" : "missed" };
  } catch (error) {
    return {
      what,
      target,
      got: error instanceof Error ? error.message : String(error),
      verdict: "not measured",
    };
  }
}

export function isWithin(value: number, [side, limit]: Bound): boolean {
  return side === "at least" ? value >= limit : value <= limit;
}

function describe([side, limit]: Bound): string {
  return `${side === "at least" ? "≥" : "≤"} ${limit}`;
}
