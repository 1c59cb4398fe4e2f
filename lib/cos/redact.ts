import { CosUploadError } from "../errors.ts";
import type { HttpResponse } from "../http/transport.ts";

/** Header names, in lower case, whose values never appear in an error. */
const SECRET_HEADERS = new Set([
  "authorization",
  "x-cos-security-token",
  "x-cos-server-side-encryption-customer-key",
  "x-cos-server-side-encryption-context",
]);

/** An `Authorization` value, or its end, in whatever way it was escaped. */
const SIGNATURES = /q-sign(-algorithm|ature)=[^\s"'<]+/gi;

/** Shorter values are no secrets, and could be found by chance in what an answer means. */
const MIN_SECRET_LENGTH = 8;

/** Takes the secrets of a request out of a text. */
export type Redactor = (text: string) => string;

/** Made for each attempt, from the headers it was sent with. */
export function createRedactor(requestHeaders: Readonly<Record<string, string>>): Redactor {
  const secret = Object.entries(requestHeaders).filter(([name]) => SECRET_HEADERS.has(name.toLowerCase()));
  return redactorOf(secret.map(([, value]) => value));
}

/** Takes these secrets out of a text. */
export function redactorOf(secrets: readonly string[]): Redactor {
  const forms = secrets
    .filter(({ length }) => length >= MIN_SECRET_LENGTH)
    .flatMap((secret) => [secret, encodeURIComponent(secret)]);
  return (text) =>
    forms.reduce((rest, secret) => rest.replaceAll(secret, "***"), text).replace(SIGNATURES, "***");
}

/**
 * An answer without the secrets of its request: a proxy's page or a hostile server can quote what it got, and an error may
 * quote a piece of the answer that ends within a secret.
 */
export function redactAnswer({ statusCode, headers, body }: HttpResponse, clean: Redactor): HttpResponse {
  const cleaned = Object.entries(headers).map(([name, value]) => [name, clean(value)]);
  return { statusCode, headers: Object.fromEntries(cleaned), body: clean(body) };
}

/** An error without them: XML has more ways to write a secret than can be looked for, and an error has it in plain. */
export function redactError<E>(error: E, clean: Redactor): E {
  if (!(error instanceof CosUploadError)) return error;
  for (const name of ["message", "stack", ...Object.keys(error)]) {
    const value: unknown = Reflect.get(error, name);
    if (typeof value === "string") Reflect.set(error, name, clean(value));
  }
  return error;
}
