import { invalidOption } from "../../check/invalid-option.ts";
import {
  boolean,
  converted,
  either,
  integer,
  oneOf,
  type Rule,
  required,
  string,
  wrongType,
} from "../../check/rules.ts";
import { readOptions, strings, type Table, variants } from "../../check/table.ts";
import { MAX_PARTS, MAX_TIMER } from "../../limits.ts";
import { OPERATIONS, type Operation } from "../operation.ts";
import { APPLIES_TO, type Fault, type FaultRuleOptions } from "./fault.ts";

const MAX = Number.MAX_SAFE_INTEGER;

const any = string("a string", /^/);
const count = integer(0, MAX);

const headers = converted(strings, (given, option) => {
  for (const [name, value] of Object.entries(given)) {
    string("the name of a header", /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/).check(`${option}.${name}`, name);
    string("the value of a header", /^[\t\x20-\x7e\x80-\xff]*$/).check(`${option}.${name}`, value);
  }
  return given;
});

const answer = { statusCode: required(integer(200, 599)), headers, body: any, contentType: any };

const fault = variants<Fault, "kind">("kind", {
  latency: { milliseconds: required(integer(0, MAX_TIMER, "ms")) },
  throttle: { bytesPerSecond: required(integer(1, MAX)) },
  reset: { afterBytes: count },
  "half-close": { afterBytes: count },
  error: { ...answer, code: any, message: any, requestId: boolean, early: boolean },
  "foreign-answer": { ...answer, carriedOut: boolean },
  "wrong-etag": {},
  "no-etag": {},
  "wrong-crc64": {},
  "no-crc64": {},
  "truncated-answer": { committed: boolean },
  "error-in-200": { code: required(string()), message: string() },
  "lost-answer": {},
  "clock-skew": { milliseconds: required(integer(Number.MIN_SAFE_INTEGER, MAX, "ms")) },
  "expired-token": {},
  stall: { where: required(oneOf("request", "answer")) },
});

const operation = oneOf(...OPERATIONS);

const operations: Rule<readonly Operation[]> = {
  type: "object",
  expected: `a list of them that is not empty`,
  check(option, value, words = operations.expected) {
    if (!Array.isArray(value) || value.length === 0) throw wrongType(option, words, value);
    return Array.from(value, (name) => operation.check(option, name, words));
  },
};

const times = integer(1, MAX);

const RULE: Table<FaultRuleOptions> = {
  operation: either(operation, operations),
  key: any,
  partNumber: integer(1, MAX_PARTS),
  method: string("the name of a method", /^[A-Za-z]+$/),
  skip: count,
  times: {
    ...times,
    check: (option, value, words = `${times.expected}, or Infinity`) =>
      value === Number.POSITIVE_INFINITY ? value : times.check(option, value, words),
  },
  fault: required(fault),
};

/**
 * The rule as it is at this moment.
 *
 * @throws TypeError, RangeError `ERR_COS_INVALID_OPTION`.
 */
export function readRule(given: FaultRuleOptions): FaultRuleOptions {
  const rule = readOptions("a rule", given, RULE, "rule.");
  const able = APPLIES_TO[rule.fault.kind];
  const named = rule.operation === undefined ? [] : [rule.operation].flat();
  if (able === undefined || named.length === 0 || named.some((name) => able.includes(name))) return rule;
  const expected = `expected one of ${able.join(", ")} for ${rule.fault.kind}`;
  throw invalidOption(RangeError, "rule.operation", expected, named.join(", "));
}
