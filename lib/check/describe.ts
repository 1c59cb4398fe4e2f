/** A value for an error message: its type, and the value itself if it is short. */
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

/** An object, by the name of its class if it has one that can be read. */
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

/** The kind of a value, for a value that may be a secret. */
export function describeKind(value: unknown): string {
  return typeof value === "string" ? `a string of ${value.length} characters` : describeValue(value);
}
