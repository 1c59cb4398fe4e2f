import { describeValue } from "./describe.ts";
import { invalidOption } from "./invalid-option.ts";

/** The rule for the value of an option. */
export interface Rule<T> {
  /** What is expected, in words. */
  readonly expected: string;
  /** The `typeof` of a correct value. */
  readonly type: "string" | "number" | "boolean" | "function" | "object";
  /**
   * Checks a value.
   *
   * @param option Name of the option, for the error.
   * @param expected Words to use instead of those of the rule, if it is one of several rules.
   * @returns The value to use: a copy, if the caller could change the original later.
   * @throws TypeError, RangeError `ERR_COS_INVALID_OPTION`.
   */
  check(option: string, value: unknown, expected?: string): T;
  /** The unit of a number: `bytes`, `ms` or `bit/s`. */
  readonly unit?: string;
  /** All correct values, if there are few. */
  readonly choices?: readonly string[];
  /** Used when no value is given. */
  readonly default?: T;
  /** The rules of the options in the value, if it is a group of options. */
  readonly table?: Readonly<Record<string, Rule<unknown>>>;
  /** Whether a value must be given. */
  readonly isRequired?: true;
}

export type RequiredRule<T> = Rule<T> & { readonly isRequired: true };
export type DefaultRule<T> = Rule<T> & { readonly default: T };

/** The error for a value of a wrong type. */
export const wrongType = (option: string, expected: string, value: unknown): TypeError =>
  invalidOption(TypeError, option, `expected ${expected}`, describeValue(value));

/** The error for a wrong value of the right type. */
export const wrongValue = (option: string, expected: string, value: unknown): RangeError =>
  invalidOption(RangeError, option, `expected ${expected}`, describeValue(value));

function rule<T>(type: Rule<T>["type"], expected: string, isGood: (value: T) => boolean): Rule<T> {
  return {
    type,
    expected,
    check(option, value, words = expected) {
      if (typeof value !== type || Number.isNaN(value)) throw wrongType(option, words, value);
      if (!isGood(value as T)) throw wrongValue(option, words, value);
      return value as T;
    },
  };
}

/** An integer from `min` to `max`; a number in a string is not one. */
export function integer(min: number, max: number, unit?: string): Rule<number> {
  const bounds = `an integer from ${min} to ${max}${unit === undefined ? "" : ` ${unit}`}`;
  const isGood = (value: number): boolean => Number.isSafeInteger(value) && value >= min && value <= max;
  return { ...rule("number", bounds, isGood), ...(unit !== undefined && { unit }) };
}

export const boolean: Rule<boolean> = rule("boolean", "true or false", () => true);

/** A string that matches; by default, one that is not empty. */
export function string(expected = "a string that is not empty", pattern: RegExp = /[\s\S]/): Rule<string> {
  return rule<string>("string", expected, (value) => pattern.test(value));
}

/** A value that can be sent in a header. Any other value would be changed, or would end the header. */
export const headerValue: Rule<string> = string(
  "printable ASCII without line breaks and without spaces at the ends (encode other text first)",
  /^[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?$/,
);

/** Any text that can be encoded in UTF-8. */
export const text: Rule<string> = string("a string without half a surrogate pair", /^\P{Surrogate}*$/u);

export function oneOf<const T extends string>(...choices: readonly T[]): Rule<T> {
  const expected = choices.length === 1 ? `"${choices[0]}"` : `one of ${choices.join(", ")}`;
  return { ...rule<T>("string", expected, (value) => choices.includes(value)), choices };
}

/** A function. What it does is only known when it is called. */
export function callback<T>(): Rule<T> {
  return rule<T>("function", "a function", () => true);
}

type Checked<R> = R extends Rule<infer T> ? T : never;

/** A value that one of the rules accepts: the first one for its type. */
export function either<R extends readonly Rule<unknown>[]>(...rules: R): Rule<Checked<R[number]>> {
  const expected = rules.map((each) => each.expected).join(", or ");
  const choices = rules.flatMap((each) => each.choices ?? []);
  return {
    type: rules[0]!.type,
    expected,
    ...(choices.length > 0 && { choices }),
    check(option, value, words = expected) {
      const found = rules.find(({ type }) => type === typeof value);
      if (found === undefined) throw wrongType(option, words, value);
      return found.check(option, value, words) as Checked<R[number]>;
    },
  };
}

/** A rule with one more condition. `flawOf` says in words what is wrong; the words follow a comma. */
export function refined<T>(base: Rule<T>, flawOf: (value: T) => string | undefined): Rule<T> {
  return {
    ...base,
    check(option, value, words = base.expected) {
      const checked = base.check(option, value, words);
      const flaw = flawOf(checked);
      if (flaw !== undefined) throw wrongValue(option, `${words}, ${flaw}`, value);
      return checked;
    },
  };
}

/** A rule whose values are converted. */
export function converted<T, U>(
  { expected, type, check }: Rule<T>,
  convert: (value: T, option: string) => U,
): Rule<U> {
  return { expected, type, check: (option, value, words) => convert(check(option, value, words), option) };
}

export function withDefault<T>(base: Rule<T>, value: T): DefaultRule<T> {
  return { ...base, default: value };
}

export function required<T>(base: Rule<T>): RequiredRule<T> {
  return {
    ...base,
    isRequired: true,
    check(option, value, words = base.expected) {
      if (value !== undefined) return base.check(option, value, words);
      throw invalidOption(TypeError, option, `expected ${words}; it is required`, "nothing");
    },
  };
}
