import { types } from "node:util";
import { describeKind } from "./describe.ts";
import { invalidOption, isInvalidOption } from "./invalid-option.ts";
import { type DefaultRule, oneOf, type RequiredRule, type Rule } from "./rules.ts";

/**
 * A rule for each option of `T`, by name. The options `D` have a default. The compiler compares names and types with those of `T`, so the
 * table and the interface that users read cannot differ.
 */
export type Table<T, D extends keyof T = never> = {
  readonly [N in keyof T]-?: Partial<Pick<T, N>> extends Pick<T, N>
    ? N extends D
      ? DefaultRule<Exclude<T[N], undefined>>
      : Rule<Exclude<T[N], undefined>>
    : RequiredRule<T[N]>;
};

/** The options of a table with their defaults. An option without a default can be undefined. */
export type Decided<RuleTable> = {
  readonly [N in keyof RuleTable]: RuleTable[N] extends RequiredRule<infer V> | DefaultRule<infer V>
    ? V
    : RuleTable[N] extends Rule<infer V>
      ? V | undefined
      : never;
};

/**
 * The options as they are now, checked. Each is read once, so the checked value is used even if the object of the caller changes
 * later.
 *
 * @param where Whose options they are, in words.
 * @param prefix Text before the name of an option in errors.
 */
export function readOptions<T extends object>(where: string, given: T, table: Table<T>, prefix = ""): T {
  const rules = Object.entries<Rule<unknown>>(table);
  const values = copyOptions(where, given, Object.keys(table), prefix);
  const checked = rules
    .filter(([name, { isRequired }]) => isRequired || Object.hasOwn(values, name))
    .map(([name, rule]) => {
      const option = prefix + name;
      return [name, reading(option, () => rule.check(option, Reflect.get(values, name)))] as const;
    });
  return Object.freeze(Object.fromEntries(checked)) as T;
}

/** The options, with the defaults of the table for those that are not given. */
export function decide<RuleTable extends Readonly<Record<keyof RuleTable, Rule<unknown>>>>(
  table: RuleTable,
  given: { readonly [N in keyof RuleTable]?: unknown },
): Decided<RuleTable> {
  const values = Object.entries<Rule<unknown>>(table).map(([name, rule]) => [
    name,
    Reflect.get(given, name) ?? rule.default,
  ]);
  return Object.freeze(Object.fromEntries(values)) as Decided<RuleTable>;
}

/** The options that have a value, as they are now. An unknown name is an error, because nothing would read it. */
export function copyOptions<T extends object>(
  where: string,
  given: T,
  names: readonly string[],
  prefix = "",
): T {
  const all = prefix.slice(0, -1) || "options";
  if (!isRecord(given)) throw wrongKind(all, `an object for ${where}`, given);
  for (const name of reading(all, () => Object.keys(given))) {
    if (names.includes(name)) continue;
    const meant = names.find((other) => other.toLowerCase() === name.toLowerCase());
    const rule =
      meant === undefined
        ? `${where} has no such option; there are ${names.join(", ")}`
        : `did you mean "${meant}"?`;
    throw invalidOption(TypeError, name, rule, "a value for it");
  }
  const values = names.map(
    (name) => [name, reading(prefix + name, () => Reflect.get(given, name) as unknown)] as const,
  );
  return Object.fromEntries(values.filter(([, value]) => value !== undefined)) as T;
}

/** An option that is a group of options. */
export function group<T extends object>(table: Table<T>, expected = "an object"): Rule<T> {
  return {
    type: "object",
    expected,
    table,
    check(option, value, words = expected) {
      if (!isRecord(value)) throw wrongKind(option, words, value);
      return readOptions(option, value as T, table, `${option}.`);
    },
  };
}

/** A table for each kind of options, which their `tag` names. */
export type Variants<T, Tag extends keyof T> = {
  readonly [Kind in T[Tag] & string]: Table<Omit<Extract<T, Readonly<Record<Tag, Kind>>>, Tag>>;
};

/** An option that is a group of options of one of several kinds. */
export function variants<T extends object, Tag extends keyof T & string>(
  tag: Tag,
  tables: Variants<T, Tag>,
): Rule<T> {
  const known = Object.entries<Readonly<Record<string, Rule<unknown>>>>(tables);
  const kinds = known.map(([kind]) => kind);
  const names = [tag, ...new Set(known.flatMap(([, table]) => Object.keys(table)))];
  const expected = "an object";
  return {
    type: "object",
    expected,
    check(option, value, words = expected) {
      if (!isRecord(value)) throw wrongKind(option, words, value);
      const prefix = `${option}.`;
      const given = copyOptions(option, value as T, names, prefix);
      const kind: unknown = given[tag];
      const [, table] = known.find(([name]) => name === kind) ?? [];
      if (table !== undefined)
        return readOptions(option, given, { [tag]: oneOf(...kinds), ...table } as never, prefix);
      // Not shown: it may be a secret in the wrong place.
      const error = typeof kind === "string" ? RangeError : TypeError;
      throw invalidOption(error, prefix + tag, `expected one of ${kinds.join(", ")}`, describeKind(kind));
    },
  };
}

/** Names and strings. A Map would look like no names at all, and a missing value would be sent as "undefined". */
export const strings: Rule<Readonly<Record<string, string>>> = {
  type: "object",
  expected: "an object of names and strings",
  check(option, value, words = strings.expected) {
    if (!isRecord(value) || types.isMap(value) || types.isSet(value)) throw wrongKind(option, words, value);
    const entries = Object.entries(value);
    for (const [name, content] of entries) {
      if (typeof content !== "string") throw wrongKind(`${option}.${name}`, "a string", content);
    }
    return Object.fromEntries(entries);
  },
};

/** Runs code that reads a value of the caller: a getter or a proxy can throw anything. */
export function reading<T>(option: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (isInvalidOption(error)) throw error;
    const rule = "expected a value that can be read";
    const refusal = invalidOption(TypeError, option, rule, "one that throws when it is read");
    throw Object.defineProperty(refusal, "cause", { value: error, configurable: true, writable: true });
  }
}

/** The error for a value that is given instead of options. It is not shown: it may be a secret. */
function wrongKind(option: string, expected: string, value: unknown): TypeError {
  return invalidOption(TypeError, option, `expected ${expected}`, describeKind(value));
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
