import { CosUploadError } from "../../errors.ts";
import { HEADER } from "../headers.ts";

/** Header names, in lower case, whose values never appear in an error. */
const SECRET_HEADERS = new Set([
  "authorization",
  HEADER.securityToken,
  HEADER.customerKey,
  HEADER.encryptionContext,
]);

/** Those of them whose values are base64 of what is to be kept. */
const ENCODED_HEADERS: readonly string[] = [HEADER.customerKey, HEADER.encryptionContext];

/** An `Authorization` value, or its end, in whatever way it was escaped. */
const SIGNATURES = /q-sign(-algorithm|ature)=[^\s"'<]+/gi;

/** Fields of an `Authorization` value that say something by themselves: the signature, and whose it is. */
const FIELDS = /(?<==)[^\s,;&"]{16,}/g;

/** Shorter values are no secrets: every text has them somewhere. */
const MIN_SECRET_LENGTH = 8;

/** What an id, a code or a digest may have by chance, such as a time in seconds, is shorter. */
const MIN_SECRET_LENGTH_IN_IDS = 16;

/** How deep an error of a `dispatcher` is looked into. */
const MAX_DEPTH = 6;

/** Takes the secrets of a request out of what an error says. What an answer means is read before that, as it came. */
export interface Redactor {
  /** A sentence for people. */
  text(text: string): string;
  /** An id, a code, a digest or a name, which is worth nothing when a piece of it is missing. */
  id(id: string): string;
}

/** A request as it was sent, and what its signer added to it. */
export interface SignedRequest {
  readonly key: string;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;
  /** Whatever a signer of the caller's adds is a secret, unless the request says it openly. */
  readonly added: Readonly<Record<string, string>>;
}

/** Made for each attempt, and of use to those that fail: its patterns are made when something is redacted. */
export function createRedactor(request: SignedRequest): Redactor {
  let redactor: Redactor | undefined;
  const own = (): Redactor => {
    redactor ??= redactorOf(secretsOf(request));
    return redactor;
  };
  return { text: (text) => own().text(text), id: (id) => own().id(id) };
}

function secretsOf({ key, query, headers, added }: SignedRequest): string[] {
  const open = new Set([key, ...Object.values(query), ...Object.values(headers)]);
  const isSecret = (name: string): boolean => SECRET_HEADERS.has(name.toLowerCase());
  return [
    ...Object.entries(headers).filter(([name]) => isSecret(name)),
    ...Object.entries(added).filter(([name, value]) => isSecret(name) || !open.has(value)),
  ].flatMap(([name, value]) => formsOf(name.toLowerCase(), value));
}

/** Takes these secrets out, however they are escaped. */
export function redactorOf(secrets: readonly string[]): Redactor {
  const forms = secrets
    .filter((secret) => secret.length >= MIN_SECRET_LENGTH)
    // The whole before its parts.
    .toSorted((a, b) => b.length - a.length)
    .map((secret) => ({ secret, run: longestRun(secret) }));
  const redact = (text: string, minLength: number): string => {
    const lower = text.toLowerCase();
    return forms
      .filter(({ secret, run }) => secret.length >= minLength && lower.includes(run))
      .reduce((rest, { secret }) => rest.replace(patternOf(secret), "***"), text)
      .replace(SIGNATURES, "***");
  };
  return {
    text: (text) => redact(text, MIN_SECRET_LENGTH),
    id: (id) => redact(id, MIN_SECRET_LENGTH_IN_IDS),
  };
}

/** What a text with the secret has in plain, however it is escaped. Patterns are expensive: they are made only for a text that has this. */
function longestRun(secret: string): string {
  const runs = secret.toLowerCase().match(/[a-z\d]+/g) ?? [""];
  return runs.reduce((longest, run) => (run.length > longest.length ? run : longest));
}

function patternOf(secret: string): RegExp {
  return new RegExp(Array.from(secret, escapedOrNot).join(""), "giu");
}

/** A secret, what it is made of, and other ways to write it. */
function formsOf(name: string, value: string): string[] {
  const bytes = Buffer.from(value, ENCODED_HEADERS.includes(name) ? "base64" : "utf8");
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

/** An error, and its causes, without the secrets of its request: the error of a `dispatcher` can quote all of it. */
export function redactError<E>(error: E, redactor: Redactor): E {
  if (error instanceof CosUploadError) redactWithin(error, redactor, MAX_DEPTH, new Set());
  return error;
}

function redactWithin(value: object, redactor: Redactor, depth: number, seen: Set<object>): void {
  if (depth === 0 || seen.has(value)) return;
  seen.add(value);
  for (const name of Reflect.ownKeys(value)) {
    const property = Object.getOwnPropertyDescriptor(value, name);
    const inner: unknown = property !== undefined && "value" in property ? property.value : undefined;
    if (typeof inner === "string") {
      const isId = value instanceof CosUploadError && name !== "message" && name !== "stack";
      const redacted = isId ? redactor.id(inner) : redactor.text(inner);
      if (redacted !== inner) Reflect.set(value, name, redacted);
    } else if (isLookedInto(inner)) redactWithin(inner, redactor, depth - 1, seen);
  }
}

/** Errors and plain values; anything else, such as a socket, is not the error's own. */
function isLookedInto(value: unknown): value is object {
  if (typeof value !== "object" || value === null) return false;
  if (value instanceof Error || Array.isArray(value)) return true;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
