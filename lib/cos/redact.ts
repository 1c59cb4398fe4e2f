import { CosServiceError, CosUploadError } from "../errors.ts";

/** Header names, in lower case, whose values never appear in an error. */
const SECRET_HEADERS = new Set([
  "authorization",
  "x-cos-security-token",
  "x-cos-server-side-encryption-customer-key",
  "x-cos-server-side-encryption-context",
]);

/**
 * Takes the secrets of a request out of an error made from its answer: a proxy's page or a hostile server can quote
 * the request it got.
 */
export function redact<E>(error: E, requestHeaders: Readonly<Record<string, string>>): E {
  if (!(error instanceof CosUploadError)) return error;
  const secrets = Object.entries(requestHeaders)
    .filter(([name, value]) => SECRET_HEADERS.has(name.toLowerCase()) && value.length > 3)
    .flatMap(([, value]) => [value, encodeURIComponent(value), value.replaceAll("&", "&amp;")]);
  const clean = (text: string): string =>
    secrets
      .reduce((rest, secret) => rest.replaceAll(secret, "***"), text)
      .replace(/q-signature=[0-9a-f]+/gi, "q-signature=***");
  const described = Object.assign(error, { message: clean(error.message) });
  if (described instanceof CosServiceError) {
    for (const field of ["code", "requestId", "traceId", "resource"] as const) {
      const value = described[field];
      if (value !== undefined) Object.assign(described, { [field]: clean(value) });
    }
  }
  // The stack begins with the message as it was when the error was made.
  if (described.stack !== undefined) described.stack = clean(described.stack);
  return described;
}
