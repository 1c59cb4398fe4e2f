import { types } from "node:util";
import { invalidOption } from "../../check/invalid-option.ts";
import { boolean, converted, either, headerValue, oneOf, type Rule, wrongValue } from "../../check/rules.ts";
import { group, strings, type Table } from "../../check/table.ts";
import { MAX_METADATA_BYTES, MAX_METADATA_VALUE_BYTES, MAX_TAGS } from "../../limits.ts";
import type { Grants, ObjectAttributes } from "./object-headers.ts";

/** A Date, copied; a proxy of one has no time. */
const date: Rule<Date> = {
  type: "object",
  expected: "a valid Date",
  check(option, value, words = date.expected) {
    const time = types.isDate(value) ? Date.prototype.getTime.call(value) : Number.NaN;
    if (!Number.isNaN(time)) return new Date(time);
    throw wrongValue(option, words, value);
  },
};

type Strings = Readonly<Record<string, string>>;

const metadata: Rule<Strings> = converted(strings, (given, option) => {
  const seen = new Set<string>();
  let total = 0;
  for (const [name, value] of Object.entries(given)) {
    if (!/^[a-z0-9-]+$/i.test(name)) {
      throw wrongValue(option, "names of letters, digits and hyphens", name);
    }
    if (seen.has(name.toLowerCase())) {
      throw wrongValue(option, "names that differ in more than upper and lower case", name);
    }
    seen.add(name.toLowerCase());
    const size = headerValue.check(`${option}.${name}`, value).length;
    checkSize(`${option}.${name}`, size, MAX_METADATA_VALUE_BYTES);
    total += name.length + size;
  }
  checkSize(option, total, MAX_METADATA_BYTES);
  return given;
});

function checkSize(option: string, size: number, max: number): void {
  if (size > max) throw invalidOption(RangeError, option, `expected at most ${max} bytes`, `${size} bytes`);
}

const tagging: Rule<Strings> = converted(strings, (given, option) => {
  const tags = Object.entries(given);
  if (tags.length > MAX_TAGS) {
    throw invalidOption(RangeError, option, `expected at most ${MAX_TAGS} tags`, `${tags.length}`);
  }
  const bad = tags.find((tag) => tag[0] === "" || tag.some((text) => /\p{Surrogate}/u.test(text)));
  if (bad === undefined) return given;
  throw wrongValue(option, "well-formed strings as names and values, names not empty", bad[0]);
});

/** The rules of {@link ObjectAttributes}: they refuse what COS would refuse, and what would not arrive as it was meant. */
export const ATTRIBUTES: Table<ObjectAttributes> = {
  contentType: headerValue,
  cacheControl: headerValue,
  contentDisposition: headerValue,
  contentEncoding: headerValue,
  contentLanguage: headerValue,
  expires: either(date, headerValue),
  metadata,
  tagging,
  storageClass: oneOf(
    "STANDARD",
    "STANDARD_IA",
    "INTELLIGENT_TIERING",
    "ARCHIVE",
    "DEEP_ARCHIVE",
    "MAZ_STANDARD",
    "MAZ_STANDARD_IA",
    "MAZ_INTELLIGENT_TIERING",
  ),
  acl: oneOf("default", "private", "public-read"),
  grants: group<Grants>({
    read: headerValue,
    readAcp: headerValue,
    writeAcp: headerValue,
    fullControl: headerValue,
  }),
  forbidOverwrite: boolean,
};
