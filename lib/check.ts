import { types } from "node:util";
import { invalidOption, isInvalidOption } from "./errors.ts";

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
      return value > -(10n ** 40n) && value < 10n ** 40n ? `${value}n` : "a bigint of more than 40 digits";
    case "object":
      return describeObject(value);
    default:
      return `a ${typeof value}`;
  }
}

/** An object by its class, unless asking for it fails, or answers something else than a name. */
function describeObject(value: object): string {
  try {
    if (Array.isArray(value)) return "an array";
    if (Object.getPrototypeOf(value) === null) return "an object (no prototype)";
    const name: unknown = value.constructor.name;
    return typeof name === "string" && /^[\w$]{1,40}$/.test(name) ? `an object (${name})` : "an object";
  } catch {
    return "an object";
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
  if (value === undefined || isRecord(value)) return value;
  throw invalidOption(TypeError, option, rule, describeKind(value));
}

/** Names and strings, copied. A Map would look like no names at all, and a missing value would be sent as "undefined". */
export function readStrings(option: string, value: unknown): Record<string, string> | undefined {
  const rule = "expected an object of names and strings";
  const record = checkObject(option, value, rule);
  if (record === undefined) return undefined;
  if (types.isMap(record) || types.isSet(record)) {
    throw invalidOption(TypeError, option, rule, describeValue(record));
  }
  const entries = reading(option, () => Object.entries(record));
  for (const [name, text] of entries) {
    if (typeof text === "string") continue;
    throw invalidOption(TypeError, `${option}.${name}`, "expected a string", describeKind(text));
  }
  return Object.fromEntries(entries);
}

/**
 * The options as they are at this moment. Each is read once: what is checked is what is used, whatever the caller's object
 * does later.
 *
 * @param where For people: whose options they are.
 * @param prefix What errors put before an option's name.
 */
export function readOptions<T extends object>(
  where: string,
  options: T,
  known: readonly string[],
  prefix = "",
): T {
  checkNames(where, options, known, prefix.slice(0, -1) || "options");
  const values = known.map(
    (name) => [name, reading(prefix + name, () => Reflect.get(options, name))] as const,
  );
  return Object.fromEntries(values.filter(([, value]) => value !== undefined)) as T;
}

/** Runs what reads a value of the caller's: a getter or a proxy may throw anything. */
export function reading<T>(option: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (isInvalidOption(error)) throw error;
    const rule = "expected a value that can be read";
    throw invalidOption(TypeError, option, rule, "one that throws when it is read", error);
  }
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
export function checkNames(
  where: string,
  options: object,
  known: readonly string[],
  option = "options",
): void {
  if (!isRecord(options)) {
    throw invalidOption(TypeError, option, `expected an object for ${where}`, describeKind(options));
  }
  for (const name of reading(option, () => Object.keys(options))) {
    if (known.includes(name)) continue;
    const meant = known.find((other) => other.toLowerCase() === name.toLowerCase());
    const rule =
      meant === undefined
        ? `${where} has no such option; there are ${known.join(", ")}`
        : `did you mean "${meant}"?`;
    throw invalidOption(TypeError, name, rule, "a value for it");
  }
}

/** An object with names of its own; bytes and arrays have millions of them. */
function isRecord(value: unknown): value is object {
  try {
    return typeof value === "object" && value !== null && !Array.isArray(value) && !ArrayBuffer.isView(value);
  } catch {
    // A proxy that was revoked.
    return false;
  }
}
