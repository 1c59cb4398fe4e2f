import { CosUploadError } from "../../errors.ts";
import type { HttpResponse } from "../../http/transport.ts";

/** Header names, in lower case, whose values never appear in an error. */
const SECRET_HEADERS = new Set([
  "authorization",
  "x-cos-security-token",
  "x-cos-server-side-encryption-customer-key",
  "x-cos-server-side-encryption-context",
]);

/** Those of them whose values are base64 of what is to be kept. */
const ENCODED_HEADER = /^x-cos-server-side-encryption-/;

/** An `Authorization` value, or its end, in whatever way it was escaped. */
const SIGNATURES = /q-sign(-algorithm|ature)=[^\s"'<]+/gi;

/** Fields of an `Authorization` value that say something by themselves: the signature, and whose it is. */
const FIELDS = /(?<==)[^\s,;&"]{16,}/g;

/** Shorter values are no secrets, and could be found by chance in what an answer means. */
const MIN_SECRET_LENGTH = 8;

/** How deep an error of a `dispatcher` is looked into. */
const MAX_DEPTH = 6;

/** Takes the secrets of a request out of a text. */
export type Redactor = (text: string) => string;

/**
 * Made for each attempt, from the headers it was sent with.
 *
 * @param headers Those of the request.
 * @param added Those of its signer: whatever a signer of the caller's adds is a secret.
 */
export function createRedactor(
  headers: Readonly<Record<string, string>>,
  added: Readonly<Record<string, string>> = {},
): Redactor {
  const known = new Set(Object.values(headers));
  const secrets = [
    ...Object.entries(headers).filter(([name]) => SECRET_HEADERS.has(name.toLowerCase())),
    ...Object.entries(added).filter(
      ([name, value]) => SECRET_HEADERS.has(name.toLowerCase()) || !known.has(value),
    ),
  ];
  return redactorOf(secrets.flatMap(([name, value]) => formsOf(name.toLowerCase(), value)));
}

/** Takes these secrets out of a text, however they are escaped. */
export function redactorOf(secrets: readonly string[]): Redactor {
  const forms = secrets
    .filter((secret) => secret.length >= MIN_SECRET_LENGTH)
    // The whole before its parts.
    .toSorted((a, b) => b.length - a.length)
    .map((secret) => ({ secret, run: longestRun(secret) }));
  return (text) => {
    const lower = text.toLowerCase();
    return forms
      .filter(({ run }) => lower.includes(run))
      .reduce((rest, { secret }) => rest.replace(patternOf(secret), "***"), text)
      .replace(SIGNATURES, "***");
  };
}

/**
 * What a text with the secret has in plain, however it is escaped. Patterns are dear, and most answers are good ones: they are made only
 * for a text that has this.
 */
function longestRun(secret: string): string {
  const runs = secret.toLowerCase().match(/[a-z\d]+/g) ?? [""];
  return runs.reduce((longest, run) => (run.length > longest.length ? run : longest));
}

function patternOf(secret: string): RegExp {
  return new RegExp(Array.from(secret, escapedOrNot).join(""), "giu");
}

/** A secret, what it is made of, and other ways to write it. */
function formsOf(name: string, value: string): string[] {
  const bytes = Buffer.from(value, ENCODED_HEADER.test(name) ? "base64" : "utf8");
  const fields = name === "authorization" ? (value.match(FIELDS) ?? []) : [];
  return [value, ...fields, bytes.toString(), bytes.toString("base64"), bytes.toString("hex")];
}

/** A pattern of a character: as it is, or as URLs, HTML and JSON write what they do not take as it is. */
function escapedOrNot(character: string): string {
  const hex = character.codePointAt(0)!.toString(16);
  const plain = `\\u{${hex}}`;
  if (/[a-z\d]/i.test(character)) return plain;
  const url = encodeURIComponent(character);
  const escaped = url === character ? `%${hex}` : url;
  return `(?:\\\\?${plain}|${escaped}|&#0{0,4}${character.codePointAt(0)};|&#x0{0,4}${hex};|&[a-z]{2,6};|\\\\u${hex.padStart(4, "0")})`;
}

/**
 * An answer without the secrets of its request: a proxy's page or a hostile server can quote what it got, and an error may
 * quote a piece of the answer that ends within a secret.
 */
export function redactAnswer({ statusCode, headers, body }: HttpResponse, clean: Redactor): HttpResponse {
  const cleaned = Object.entries(headers).map(([name, value]) => [name, clean(value)]);
  return { statusCode, headers: Object.fromEntries(cleaned), body: clean(body) };
}

/**
 * An error without them: XML has more ways to write a secret than can be looked for, and an error has it in plain. So may the
 * error of a `dispatcher`, which is its cause.
 */
export function redactError<E>(error: E, clean: Redactor): E {
  if (error instanceof CosUploadError) cleanWithin(error, clean, MAX_DEPTH, new Set());
  return error;
}

function cleanWithin(value: object, clean: Redactor, depth: number, seen: Set<object>): void {
  if (depth === 0 || seen.has(value)) return;
  seen.add(value);
  for (const name of Reflect.ownKeys(value)) {
    const property = Object.getOwnPropertyDescriptor(value, name);
    const inner: unknown = property !== undefined && "value" in property ? property.value : undefined;
    if (typeof inner === "string") {
      const cleaned = clean(inner);
      if (cleaned !== inner) Reflect.set(value, name, cleaned);
    } else if (isLookedInto(inner)) cleanWithin(inner, clean, depth - 1, seen);
  }
}

/** Errors and plain values; anything else, such as a socket, is not the error's own. */
function isLookedInto(value: unknown): value is object {
  if (typeof value !== "object" || value === null) return false;
  if (value instanceof Error || Array.isArray(value)) return true;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
