/** Says which option is wrong, which rule it breaks and what was given. */
export function invalidOption(
  kind: "type" | "range",
  option: string,
  rule: string,
  value: unknown,
): TypeError | RangeError {
  const ErrorClass = kind === "type" ? TypeError : RangeError;
  const error = new ErrorClass(`The option "${option}" ${rule}; got ${show(value)}.`);
  return Object.assign(error, { code: "ERR_COS_INVALID_OPTION" as const, option });
}

/**
 * Refuses anything but a plain object whose names are all known. What it returns is the object as it is at this moment: each
 * option is read once, so that what is checked is what is used.
 */
export function checkNames<T extends object>(option: string, given: T, known: readonly string[]): T {
  // By its type: what stands in the place of the credentials may be them.
  if (!isRecord(given)) throw invalidOption("type", option, "must be an object", typeof given);
  try {
    const unknown = Object.keys(given).find((name) => !known.includes(name));
    if (unknown !== undefined) {
      throw invalidOption("type", `${option}.${unknown}`, `is unknown (known: ${known.join(", ")})`, unknown);
    }
    const values = known.map((name) => [name, Reflect.get(given, name)] as const);
    return Object.fromEntries(values.filter(([, value]) => value !== undefined)) as T;
  } catch (error) {
    if (Object(error).code === "ERR_COS_INVALID_OPTION") throw error;
    throw invalidOption("type", option, "must have options that can be read", typeof given);
  }
}

function isRecord(value: unknown): value is object {
  try {
    return typeof value === "object" && value !== null && !Array.isArray(value) && !ArrayBuffer.isView(value);
  } catch {
    // A proxy that was revoked.
    return false;
  }
}

/** Refuses anything but an integer from `least` to `most`. */
export function checkInteger(
  option: string,
  value: unknown,
  least: number,
  most: number = Number.MAX_SAFE_INTEGER,
): number {
  if (typeof value !== "number") throw invalidOption("type", option, "must be a number", value);
  if (!Number.isSafeInteger(value) || value < least || value > most) {
    throw invalidOption("range", option, `must be an integer from ${least} to ${most}`, value);
  }
  return value;
}

/** Refuses anything but true and false. */
export function checkBoolean(option: string, value: unknown): boolean {
  if (typeof value === "boolean") return value;
  throw invalidOption("type", option, "must be true or false", value);
}

/** Refuses anything but a string, by default one that is not empty. */
export function checkString(option: string, value: unknown, pattern: RegExp = /./s): string {
  if (typeof value !== "string") throw invalidOption("type", option, "must be a string", value);
  if (!pattern.test(value)) throw invalidOption("range", option, `must match ${pattern}`, value);
  return value;
}

function show(value: unknown): string {
  switch (typeof value) {
    case "string":
      return JSON.stringify(value.length > 80 ? `${value.slice(0, 80)}…` : value);
    case "object":
      return value === null ? "null" : "an object";
    case "bigint":
    case "function":
    case "symbol":
      return `a ${typeof value}`;
    default:
      return String(value);
  }
}
