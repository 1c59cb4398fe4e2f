/** Says which option is wrong, which rule it breaks and what was given. */
export function invalidOption(
  kind: "type" | "range",
  option: string,
  rule: string,
  value: unknown,
): TypeError | RangeError {
  const ErrorClass = kind === "type" ? TypeError : RangeError;
  const error = new ErrorClass(`The option "${option}" ${rule}; got ${show(value)}.`);
  return Object.assign(error, { code: "ERR_COS_INVALID_OPTION" as const, option, rule, value });
}

/** Refuses anything but a plain object whose names are all known. */
export function checkNames(option: string, value: unknown, known: readonly string[]): void {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw invalidOption("type", option, "must be an object", value);
  }
  for (const name of Object.keys(value)) {
    if (!known.includes(name)) {
      throw invalidOption("type", `${option}.${name}`, `is unknown (known: ${known.join(", ")})`, name);
    }
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

/** Refuses anything but a string, by default one that is not empty. */
export function checkString(option: string, value: unknown, pattern: RegExp = /./s): string {
  if (typeof value !== "string") throw invalidOption("type", option, "must be a string", value);
  if (!pattern.test(value)) throw invalidOption("range", option, `must match ${pattern}`, value);
  return value;
}

function show(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value.length > 80 ? `${value.slice(0, 80)}…` : value);
  if (typeof value === "object" && value !== null) return Array.isArray(value) ? "an array" : "an object";
  return typeof value === "function" ? "a function" : String(value);
}
