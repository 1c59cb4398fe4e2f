import { setMaxListeners } from "node:events";
import type { Operation } from "../operation.ts";
import { readRule } from "./check-rule.ts";
import { APPLIES_TO, type Fault, type FaultRule, type FaultRuleOptions, type FaultScript } from "./fault.ts";

/** The properties of a request that rules look at. */
export interface FaultSubject {
  readonly operation: Operation;
  readonly method: string;
  readonly key: string;
  readonly partNumber?: number;
}

/** A fault for one request. */
export interface TakenFault {
  readonly fault: Fault;
  /** Aborted when its rule is removed. */
  readonly removed: AbortSignal;
}

/** The rules, as the emulator uses them. */
export class Faults implements FaultScript {
  #rules: Rule[] = [];

  get rules(): readonly FaultRule[] {
    return [...this.#rules];
  }

  add(options: FaultRuleOptions): FaultRule {
    const rule = new Rule(readRule(options), () => {
      this.#rules = this.#rules.filter((other) => other !== rule);
    });
    this.#rules.push(rule);
    return rule;
  }

  clear(): void {
    for (const rule of this.#rules) rule.remove();
  }

  /** The fault that hits this request. It counts as a hit of its rule. */
  take(subject: FaultSubject): TakenFault | undefined {
    const rule = this.#rules.find((rule) => rule.takes(subject));
    return rule && { fault: rule.options.fault, removed: rule.removed };
  }
}

class Rule implements FaultRule {
  readonly options: FaultRuleOptions;
  readonly #removed = new AbortController();
  readonly #forget: () => void;
  #hits = 0;
  #skipped = 0;

  constructor(options: FaultRuleOptions, forget: () => void) {
    this.options = options;
    this.#forget = forget;
    // One listener per stalled request. Node would warn of a leak.
    setMaxListeners(0, this.removed);
  }

  get removed(): AbortSignal {
    return this.#removed.signal;
  }

  remove(): void {
    this.#forget();
    this.#removed.abort();
  }

  get hits(): number {
    return this.#hits;
  }

  takes(subject: FaultSubject): boolean {
    const { skip = 0, times = 1 } = this.options;
    if (this.#hits >= times || !this.#matches(subject)) return false;
    if (this.#skipped < skip) {
      this.#skipped++;
      return false;
    }
    this.#hits++;
    return true;
  }

  #matches(subject: FaultSubject): boolean {
    const { operation, key, partNumber, method, fault } = this.options;
    const able = APPLIES_TO[fault.kind];
    return (
      (operation === undefined || [operation].flat().includes(subject.operation)) &&
      (able === undefined || able.includes(subject.operation)) &&
      (key === undefined || key === subject.key) &&
      (partNumber === undefined || partNumber === subject.partNumber) &&
      (method === undefined || method.toUpperCase() === subject.method)
    );
  }
}
