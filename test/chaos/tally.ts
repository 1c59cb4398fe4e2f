import type { Breach } from "./judge.ts";
import type { RunReport } from "./perform-run.ts";

/** The sums over all runs of a soak. */
export class Tally {
  readonly injected: Map<string, number> = new Map();
  readonly endings: Map<string, number> = new Map();
  readonly outcomes: Map<string, number> = new Map();
  readonly breaches: Breach[] = [];
  runs = 0;
  uploads = 0;
  retries = 0;
  bytes = 0;
  announced = 0;
  refusedBodies = 0;
  resumed = 0;

  /** Returns what the run broke. */
  add({ verdicts, broken, injected, refusedBodies, resumed }: RunReport): readonly Breach[] {
    this.runs += 1;
    this.refusedBodies += refusedBodies;
    this.resumed += resumed;
    for (const [kind, count] of injected) increase(this.injected, kind, count);
    for (const verdict of verdicts) {
      this.uploads += 1;
      this.retries += verdict.retries;
      this.bytes += verdict.bytes;
      this.announced += verdict.announced;
      increase(this.endings, verdict.ended);
      if (verdict.outcome !== undefined) increase(this.outcomes, verdict.outcome);
    }
    const breaches = [...broken, ...verdicts.flatMap((verdict) => verdict.broken)];
    this.breaches.push(...breaches);
    return breaches;
  }

  /** How many promises of a kind were broken. */
  count(kind: Breach["kind"]): number {
    return this.breaches.filter((breach) => breach.kind === kind).length;
  }

  get faults(): number {
    return [...this.injected.values()].reduce((sum, count) => sum + count, 0);
  }

  get lostBytes(): number {
    return this.breaches.reduce((sum, { bytes = 0 }) => sum + bytes, 0);
  }

  print(write: (line: string) => void): void {
    write(`faults that hit: ${this.faults}`);
    for (const line of sorted(this.injected)) write(`  ${line}`);
    write(`bodies that were damaged on the way, and refused for it: ${this.refusedBodies}`);
    write(`endings of ${this.uploads} uploads in ${this.runs} runs, ${this.retries} retries:`);
    for (const line of sorted(this.endings)) write(`  ${line}`);
    write(`ended while the object was being made: ${sorted(this.outcomes).join(", ") || "none"}`);
    write(`verified: ${(this.bytes / 2 ** 20).toFixed(0)} MiB of finished uploads, byte by byte`);
    write(
      `unfinished uploads left: ${this.announced}, each kept by option or told by a warning, but for the orphans`,
    );
    write(`of them resumed, to the whole object: ${this.resumed}`);
    write(
      [
        `orphans ${this.count("orphan")}`,
        `lost bytes ${this.lostBytes}`,
        `truncated objects ${this.count("truncated object")}`,
        `secrets leaked ${this.count("secret")}`,
        `damage believed ${this.count("integrity")}`,
        `wrong endings ${this.count("ending")}`,
        `late or held ${this.count("late or held")}`,
        `process offences ${this.count("process")}`,
      ].join(", "),
    );
  }
}

function increase(counts: Map<string, number>, name: string, by = 1): void {
  counts.set(name, (counts.get(name) ?? 0) + by);
}

function sorted(counts: ReadonlyMap<string, number>): string[] {
  return [...counts].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, count]) => `${name}: ${count}`);
}
