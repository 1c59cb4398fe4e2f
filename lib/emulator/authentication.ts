import { timingSafeEqual } from "node:crypto";
import { CosError, invalidArgument } from "./cos-error.ts";
import type { EmulatorCredentials } from "./options.ts";
import { computeSignature, type Pair } from "./signature.ts";

/** The parts of a request that its signature is checked against. */
export interface Claim {
  readonly method: string;
  readonly path: string;
  readonly query: readonly Pair[];
  readonly headers: readonly Pair[];
}

const FIELDS = [
  "q-sign-algorithm",
  "q-ak",
  "q-sign-time",
  "q-key-time",
  "q-header-list",
  "q-url-param-list",
  "q-signature",
] as const;

type Fields = Record<(typeof FIELDS)[number], string>;

/** How far in the future a signature can start. After that, the clock of the client is wrong. */
const SKEW_SECONDS = 15 * 60;

/**
 * Accepts a request, or throws the error that COS would answer.
 *
 * @param now the server's clock in milliseconds
 */
export function authenticate(claim: Claim, credentials: EmulatorCredentials, now: number): void {
  const fields = findFields(claim);
  if (fields["q-sign-algorithm"] !== "sha1") throw invalidArgument("q-sign-algorithm must be sha1");
  if (fields["q-ak"] !== credentials.secretId) {
    throw new CosError(
      403,
      "InvalidAccessKeyId",
      "The Access Key Id you provided does not exist in our records",
    );
  }
  for (const name of ["q-sign-time", "q-key-time"] as const) checkWindow(name, fields[name], now);
  const computed = computeSignature({
    ...claim,
    headerList: splitList(fields["q-header-list"]),
    paramList: splitList(fields["q-url-param-list"]),
    signTime: fields["q-sign-time"],
    keyTime: fields["q-key-time"],
    secretKey: credentials.secretKey,
  });
  if (computed.missing.length > 0 || !sameText(computed.signature, fields["q-signature"])) {
    throw new CosError(
      403,
      "SignatureDoesNotMatch",
      computed.missing.length > 0
        ? `The Signature you specified is invalid: ${computed.missing.join(", ")} is listed but was not received.`
        : "The Signature you specified is invalid.",
      { details: { StringToSign: computed.stringToSign, FormatString: computed.httpString } },
    );
  }
  checkToken(claim, credentials.securityToken);
}

function findFields(claim: Claim): Fields {
  const header = find(claim.headers, "authorization");
  const given =
    header === undefined
      ? claim.query.filter(([name]) => name.startsWith("q-"))
      : header.split("&").map((field): Pair => {
          const at = field.indexOf("=");
          return at < 0 ? [field.trim(), ""] : [field.slice(0, at).trim(), field.slice(at + 1).trim()];
        });
  if (find(given, "q-sign-algorithm") === undefined) {
    throw new CosError(403, "AccessDenied", "Access Denied.");
  }
  const fields: Partial<Fields> = {};
  for (const name of FIELDS) {
    const values = given.filter(([field]) => field === name);
    if (values.length !== 1) throw invalidArgument(`Authorization must have ${name} once`);
    fields[name] = values[0]?.[1] ?? "";
  }
  return fields as Fields;
}

/** @see https://intl.cloud.tencent.com/document/product/436/7730 (error codes of expiry and skew) */
function checkWindow(name: string, window: string, now: number): void {
  const match = /^(\d{1,11});(\d{1,11})$/.exec(window);
  if (!match) throw invalidArgument(`${name} must be <start>;<end> in Unix seconds`);
  const start = Number(match[1]);
  const end = Number(match[2]);
  const seconds = now / 1000;
  const details = { ServerTime: new Date(now).toISOString().replace(/\.\d+Z$/, "Z") };
  if (start > seconds + SKEW_SECONDS) {
    throw new CosError(
      403,
      "RequestTimeTooSkewed",
      "The difference between the request time and the current time is too large.",
      { details },
    );
  }
  if (end < seconds || end < start)
    throw new CosError(403, "AccessDenied", "Request has expired", { details });
}

function checkToken(claim: Claim, expected: string | undefined): void {
  if (expected === undefined) return;
  const name = "x-cos-security-token";
  const token = find(claim.headers, name) ?? find(claim.query, name);
  if (token === undefined || !sameText(token, expected)) {
    throw new CosError(403, "AccessDenied", "The security token is missing or wrong.");
  }
}

function find(pairs: readonly Pair[], name: string): string | undefined {
  return pairs.find((pair) => pair[0].toLowerCase() === name)?.[1];
}

function splitList(list: string): string[] {
  return list === "" ? [] : list.split(";");
}

function sameText(left: string, right: string): boolean {
  const [a, b] = [Buffer.from(left), Buffer.from(right)];
  return a.length === b.length && timingSafeEqual(a, b);
}
