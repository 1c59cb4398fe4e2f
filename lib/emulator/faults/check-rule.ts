import { MAX_PARTS } from "../../limits.ts";
import { checkBoolean, checkInteger, checkNames, checkString, invalidOption } from "../invalid-option.ts";
import { OPERATIONS, type Operation } from "../operation.ts";
import {
  APPLIES_TO,
  type ErrorFault,
  type Fault,
  type FaultRuleOptions,
  type ForeignAnswerFault,
} from "./fault.ts";

const LONGEST_TIMER = 2 ** 31 - 1;
const ERROR_NAMES = ["statusCode", "code", "message", "headers", "body", "contentType", "requestId", "early"];

/** A check for each kind; the names it returns are the ones the kind may have. */
const CHECKS: { [Kind in Fault["kind"]]: (fault: Extract<Fault, { kind: Kind }>) => string[] } = {
  latency: (fault) => {
    checkInteger("fault.milliseconds", fault.milliseconds, 0, LONGEST_TIMER);
    return ["milliseconds"];
  },
  throttle: (fault) => {
    checkInteger("fault.bytesPerSecond", fault.bytesPerSecond, 1);
    return ["bytesPerSecond"];
  },
  reset: checkAfterBytes,
  "half-close": checkAfterBytes,
  error: checkError,
  "foreign-answer": checkForeignAnswer,
  "wrong-etag": () => [],
  "no-etag": () => [],
  "wrong-crc64": () => [],
  "no-crc64": () => [],
  "truncated-answer": (fault) => {
    if (fault.committed !== undefined) checkBoolean("fault.committed", fault.committed);
    return ["committed"];
  },
  "error-in-200": (fault) => {
    checkString("fault.code", fault.code);
    if (fault.message !== undefined) checkString("fault.message", fault.message);
    return ["code", "message"];
  },
  "lost-answer": () => [],
  "clock-skew": (fault) => {
    checkInteger("fault.milliseconds", fault.milliseconds, Number.MIN_SAFE_INTEGER);
    return ["milliseconds"];
  },
  "expired-token": () => [],
  stall: (fault) => {
    checkString("fault.where", fault.where, /^(request|answer)$/);
    return ["where"];
  },
};

/** @throws a `TypeError` or `RangeError` with code `ERR_COS_INVALID_OPTION` */
export function checkRule(options: FaultRuleOptions): void {
  checkNames("rule", options, ["operation", "key", "partNumber", "method", "skip", "times", "fault"]);
  const { operation, key, partNumber, method, skip, times, fault } = options;
  const operations = operation === undefined ? [] : [operation].flat();
  for (const name of operations) {
    if (!OPERATIONS.includes(name as Operation)) {
      throw invalidOption("range", "rule.operation", `must be of ${OPERATIONS.join(", ")}`, name);
    }
  }
  if (operation !== undefined && operations.length === 0) {
    throw invalidOption("range", "rule.operation", "must not be empty", operation);
  }
  if (key !== undefined) checkString("rule.key", key, /^/);
  if (partNumber !== undefined) checkInteger("rule.partNumber", partNumber, 1, MAX_PARTS);
  if (method !== undefined) checkString("rule.method", method, /^[A-Za-z]+$/);
  if (skip !== undefined) checkInteger("rule.skip", skip, 0);
  if (times !== undefined && times !== Number.POSITIVE_INFINITY) checkInteger("rule.times", times, 1);
  checkFault(fault, operations);
}

function checkFault(fault: Fault, operations: readonly Operation[]): void {
  if (typeof fault !== "object" || fault === null) {
    throw invalidOption("type", "rule.fault", "must be an object", fault);
  }
  const check = Object.hasOwn(CHECKS, fault.kind) ? CHECKS[fault.kind] : undefined;
  if (!check) {
    throw invalidOption(
      "range",
      "fault.kind",
      `must be one of ${Object.keys(CHECKS).join(", ")}`,
      fault.kind,
    );
  }
  checkNames("fault", fault, ["kind", ...(check as (fault: Fault) => string[])(fault)]);
  const able = APPLIES_TO[fault.kind];
  if (able && operations.length > 0 && !operations.some((name) => able.includes(name))) {
    throw invalidOption(
      "range",
      "rule.operation",
      `of ${fault.kind} must be of ${able.join(", ")}`,
      operations[0],
    );
  }
}

function checkAfterBytes(fault: { readonly afterBytes?: number }): string[] {
  if (fault.afterBytes !== undefined) checkInteger("fault.afterBytes", fault.afterBytes, 0);
  return ["afterBytes"];
}

function checkError(fault: ErrorFault): string[] {
  checkInteger("fault.statusCode", fault.statusCode, 200, 599);
  for (const name of ["code", "message", "body", "contentType"] as const) {
    if (fault[name] !== undefined) checkString(`fault.${name}`, fault[name], /^/);
  }
  for (const name of ["requestId", "early"] as const) {
    if (fault[name] !== undefined) checkBoolean(`fault.${name}`, fault[name]);
  }
  checkHeaders(fault.headers);
  return ERROR_NAMES;
}

function checkForeignAnswer(fault: ForeignAnswerFault): string[] {
  checkInteger("fault.statusCode", fault.statusCode, 200, 599);
  for (const name of ["body", "contentType"] as const) {
    if (fault[name] !== undefined) checkString(`fault.${name}`, fault[name], /^/);
  }
  if (fault.carriedOut !== undefined) checkBoolean("fault.carriedOut", fault.carriedOut);
  checkHeaders(fault.headers);
  return ["statusCode", "carriedOut", "headers", "body", "contentType"];
}

function checkHeaders(headers: Readonly<Record<string, string>> | undefined): void {
  if (headers === undefined) return;
  checkNames("fault.headers", headers, Object.keys(headers ?? {}));
  for (const [name, value] of Object.entries(headers)) {
    checkString(`fault.headers.${name}`, name, /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/);
    checkString(`fault.headers.${name}`, value, /^[\t\x20-\x7e\x80-\xff]*$/);
  }
}
