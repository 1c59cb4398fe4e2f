import { invalidOption } from "./errors.ts";

/** A value in an error message: its type, and the value itself where it is short. */
export function describeValue(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  switch (typeof value) {
    case "string":
      return value.length > 80
        ? `a string of ${value.length} characters`
        : `the string ${JSON.stringify(value)}`;
    case "number":
    case "boolean":
      return String(value);
    case "bigint":
      return `${value}n`;
    case "object":
      return Array.isArray(value) ? "an array" : `an object (${value.constructor?.name ?? "no prototype"})`;
    default:
      return `a ${typeof value}`;
  }
}

/** What kind of value it is, where the value itself may be a secret. */
export function describeKind(value: unknown): string {
  return typeof value === "string" ? `a string of ${value.length} characters` : describeValue(value);
}

export interface IntegerBounds {
  readonly min: number;
  readonly max: number;
  readonly unit?: string;
}

/** An integer within bounds, or `undefined`; a number in a string is not one. */
export function checkInteger(
  option: string,
  value: unknown,
  { min, max, unit }: IntegerBounds,
): number | undefined {
  if (value === undefined) return undefined;
  const rule = `expected an integer from ${min} to ${max}${unit === undefined ? "" : ` ${unit}`}`;
  if (typeof value !== "number" || Number.isNaN(value)) {
    throw invalidOption(TypeError, option, rule, describeValue(value));
  }
  if (!Number.isSafeInteger(value) || value < min || value > max) {
    throw invalidOption(RangeError, option, rule, describeValue(value));
  }
  return value;
}

export function checkBoolean(option: string, value: unknown): boolean | undefined {
  if (value === undefined || typeof value === "boolean") return value;
  throw invalidOption(TypeError, option, "expected true or false", describeValue(value));
}

/** A string that matches, or `undefined`. */
export function checkString(
  option: string,
  value: unknown,
  rule: string = "expected a string that is not empty",
  pattern: RegExp = /[\s\S]/,
): string | undefined {
  if (value === undefined) return undefined;
  if (typeof value !== "string") throw invalidOption(TypeError, option, rule, describeValue(value));
  if (!pattern.test(value)) throw invalidOption(RangeError, option, rule, describeValue(value));
  return value;
}

export function checkRequired<T>(option: string, value: T | undefined, rule: string): T {
  if (value === undefined) throw invalidOption(TypeError, option, `${rule}; it is required`, "nothing");
  return value;
}

export function checkOneOf<T extends string>(
  option: string,
  value: unknown,
  allowed: readonly T[],
  describe: (value: unknown) => string = describeValue,
): T | undefined {
  if (value === undefined) return undefined;
  const found = allowed.find((name) => name === value);
  if (found !== undefined) return found;
  const kind = typeof value === "string" ? RangeError : TypeError;
  throw invalidOption(kind, option, `expected one of ${allowed.join(", ")}`, describe(value));
}

/** A value that goes into a header as it is: anything else would change on the way, or end the header. */
export function checkHeaderValue(option: string, value: unknown): string | undefined {
  return checkString(
    option,
    value,
    "expected printable ASCII without line breaks and without spaces at the ends (encode other text first)",
    /^[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?$/,
  );
}

/** A plain object, or `undefined`. */
export function checkObject(option: string, value: unknown, rule = "expected an object"): object | undefined {
  if (value === undefined) return undefined;
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value;
  throw invalidOption(TypeError, option, rule, describeKind(value));
}

export function checkFunction<T>(
  option: string,
  value: T | undefined,
  rule = "expected a function",
): T | undefined {
  if (value === undefined || typeof value === "function") return value;
  throw invalidOption(TypeError, option, rule, describeValue(value));
}

/** Refuses names that nobody reads: a misspelt option would be ignored in silence. */
export function checkNames(where: string, options: object, known: readonly string[]): void {
  if (typeof options !== "object" || options === null) {
    throw invalidOption(TypeError, "options", `expected an object for ${where}`, describeValue(options));
  }
  for (const name of Object.keys(options)) {
    if (known.includes(name)) continue;
    const meant = known.find((other) => other.toLowerCase() === name.toLowerCase());
    const rule =
      meant === undefined
        ? `${where} has no such option; there are ${known.join(", ")}`
        : `did you mean "${meant}"?`;
    throw invalidOption(TypeError, name, rule, "a value for it");
  }
}
