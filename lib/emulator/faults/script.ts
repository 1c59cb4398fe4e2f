import type { Operation } from "../operation.ts";
import { checkRule } from "./check-rule.ts";
import { APPLIES_TO, type Fault, type FaultRule, type FaultRuleOptions, type FaultScript } from "./fault.ts";

/** What a rule is matched against. */
export interface FaultSubject {
  readonly operation: Operation;
  readonly method: string;
  readonly key: string;
  readonly partNumber?: number;
}

/** The emulator's side of {@link FaultScript}. */
export class Faults implements FaultScript {
  #rules: Rule[] = [];

  get rules(): readonly FaultRule[] {
    return [...this.#rules];
  }

  add(options: FaultRuleOptions): FaultRule {
    checkRule(options);
    const rule = new Rule(structuredClone(options), () => {
      this.#rules = this.#rules.filter((other) => other !== rule);
    });
    this.#rules.push(rule);
    return rule;
  }

  clear(): void {
    this.#rules = [];
  }

  /** The fault that hits this request, which is counted. */
  take(subject: FaultSubject): Fault | undefined {
    return this.#rules.find((rule) => rule.takes(subject))?.options.fault;
  }
}

class Rule implements FaultRule {
  readonly options: FaultRuleOptions;
  readonly remove: () => void;
  #hits = 0;
  #skipped = 0;

  constructor(options: FaultRuleOptions, remove: () => void) {
    this.options = options;
    this.remove = remove;
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
