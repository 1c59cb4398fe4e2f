import { type Command, InvalidArgumentError, Option } from "commander";
import type { Rule } from "../check/rules.ts";
import { GIB, KIB, MIB } from "../limits.ts";
import { UPLOAD } from "../options/tables.ts";
import { usageError } from "./command-error.ts";
import { parseSize } from "./sizes.ts";

/** A flag of the command. What its argument is, and how it is read, follows from the rule of the option that it sets. */
export interface Flag {
  readonly help: string;
  /** Its name, if it is not the name of the option. */
  readonly as?: string;
  /** What the help calls its argument. */
  readonly argument?: string;
  /** Reads the argument. */
  readonly read?: (text: string) => unknown;
  /** What a good value is, if the flag alone does not set an option of the library. */
  readonly rule?: Rule<unknown>;
}

/**
 * Flags by the option that each of them sets, such as `retry.maxAttempts`. Most need only a text for the help. The parser gives their
 * values by the same names.
 */
export type Flags = Readonly<Record<string, Flag | string>>;

type Rules = Readonly<Record<string, Rule<unknown>>>;

class OptionFlag extends Option {
  readonly #option: string;

  constructor(option: string, flag: Flag, rule: Rule<unknown>) {
    const name = nameOf(option, flag);
    const isOff = rule.type === "boolean" && rule.default === true;
    const argument = rule.type === "boolean" ? "" : ` <${flag.argument ?? argumentOf(rule)}>`;
    super(`--${isOff ? "no-" : ""}${name}${argument}`, flag.help + choicesOf(rule) + defaultOf(rule));
    this.#option = option;
    if (rule.type === "boolean") return;
    const read = flag.read ?? readerOf(rule);
    this.argParser((text, previous) => {
      const value = read(text, previous);
      return flag.rule === undefined ? value : checkOwn(`--${name}`, value, flag.rule);
    });
  }

  override attributeName(): string {
    return this.#option;
  }
}

/**
 * Adds flags to a command.
 *
 * @param options The rules of the options that they set.
 */
export function addFlags(command: Command, flags: Flags, options: Rules = UPLOAD): Command {
  for (const [option, given] of Object.entries(flags)) {
    const flag = typeof given === "string" ? { help: given } : given;
    const rule = flag.rule ?? ruleOf(option, options);
    if (rule === undefined) throw new Error(`A flag sets "${option}", which is not an option`);
    command.addOption(new OptionFlag(option, flag, rule));
  }
  return command;
}

/** The options that flags set; those within an option are in an object of their own. */
export function optionsOf(flags: Flags, values: object): Record<string, unknown> {
  const options: Record<string, unknown> = {};
  for (const [option, flag] of Object.entries(flags)) {
    const value: unknown = Reflect.get(values, option);
    if (value === undefined || (typeof flag !== "string" && flag.rule !== undefined)) continue;
    const [name, within] = option.split(".") as [string, string?];
    options[name] = within === undefined ? value : { ...Object(options[name]), [within]: value };
  }
  return options;
}

/** Flags with their values as arguments again. */
export function argumentsOf(flags: Flags, values: object): string[] {
  return Object.entries(flags).flatMap(([option, flag]) => {
    const value: unknown = Reflect.get(values, option);
    const name = nameOf(option, flag);
    if (value === undefined || value === ruleOf(option, UPLOAD)?.default) return [];
    if (typeof value !== "boolean") return [`--${name}`, String(value)];
    return [value ? `--${name}` : `--no-${name}`];
  });
}

/** The flag that sets an option, or one that this option is within. */
export function flagFor(option: string, flags: Flags): string | undefined {
  const flag = Object.hasOwn(flags, option) ? flags[option] : undefined;
  if (flag !== undefined) return `--${nameOf(option, flag)}`;
  const end = option.lastIndexOf(".");
  return end < 0 ? undefined : flagFor(option.slice(0, end), flags);
}

/** Checks the value of a flag that the library does not check. */
function checkOwn(name: string, value: unknown, rule: Rule<unknown>): unknown {
  try {
    return rule.check(name, value);
  } catch (error) {
    throw usageError((error as Error).message.replace(/^Invalid option "([^"]*)"/, "$1"));
  }
}

function nameOf(option: string, flag: Flag | string): string {
  const as = typeof flag === "string" ? undefined : flag.as;
  return as ?? option.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

function ruleOf(option: string, rules: Rules): Rule<unknown> | undefined {
  const [name, within] = option.split(".") as [string, string?];
  const rule = rules[name];
  return within === undefined ? rule : rule?.table?.[within];
}

function isSize({ unit }: Rule<unknown>): boolean {
  return unit?.startsWith("bytes") ?? false;
}

function argumentOf(rule: Rule<unknown>): string {
  if (rule.type === "object") return "name=value";
  if (rule.type !== "number") return "value";
  return isSize(rule) ? "size" : rule.unit === "ms" ? "seconds" : (rule.unit ?? "number");
}

function choicesOf({ choices, type }: Rule<unknown>): string {
  return choices === undefined || type !== "string" ? "" : `: ${choices.join(", ")}`;
}

function defaultOf(rule: Rule<unknown>): string {
  const value = rule.default;
  if (typeof value === "string") return ` (default ${value})`;
  if (typeof value !== "number" || value === 0) return "";
  if (rule.unit === "ms") return ` (default ${value / 1000})`;
  const units: [string, number][] = [
    ["GiB", GIB],
    ["MiB", MIB],
    ["KiB", KIB],
  ];
  const [unit, bytes] = (isSize(rule) && units.find(([, bytes]) => value % bytes === 0)) || ["", 1];
  return ` (default ${value / bytes}${unit})`;
}

function readerOf(rule: Rule<unknown>): (text: string, previous: unknown) => unknown {
  if (rule.type === "object") return readPair;
  if (rule.type !== "number") return (text) => text;
  const read = isSize(rule) ? readSize : rule.unit === "ms" ? readSeconds : readInteger;
  return (text) => (rule.choices?.includes(text) ? text : read(text));
}

/** Digits only: what else `Number` takes, such as `1e3` or nothing at all, is a slip here. */
function readInteger(text: string): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(value)) return value;
  throw new InvalidArgumentError("Expected a whole number.");
}

function readSize(text: string): number {
  const bytes = parseSize(text);
  if (bytes !== undefined) return bytes;
  throw new InvalidArgumentError("Expected bytes, or a size such as 8MiB, 16m or 1.5GiB.");
}

/** As milliseconds. */
function readSeconds(text: string): number {
  if (/^\d+(\.\d+)?$/.test(text) && Number(text) > 0) return Math.ceil(Number(text) * 1000);
  throw new InvalidArgumentError("Expected seconds, more than 0.");
}

/** One name and value more. */
function readPair(text: string, previous: unknown): Record<string, string> {
  const at = text.indexOf("=");
  if (at < 1) throw new InvalidArgumentError("Expected name=value.");
  const name = text.slice(0, at);
  const pairs = Object.entries(Object(previous) as Record<string, string>);
  if (pairs.some(([other]) => other === name)) throw new InvalidArgumentError(`"${name}" is given twice.`);
  return Object.fromEntries([...pairs, [name, text.slice(at + 1)]]);
}
