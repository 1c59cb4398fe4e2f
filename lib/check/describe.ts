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

/** An object by its class, unless asking for it fails, or the answer is not a name. */
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
