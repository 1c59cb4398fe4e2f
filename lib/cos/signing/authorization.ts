import { createHash, createHmac } from "node:crypto";
import { urlEncode } from "../encoding.ts";

/** What is signed of a request. */
export interface AuthorizationInput {
  readonly method: string;
  /** The object key as it is, not encoded; empty for a request to the bucket. */
  readonly key: string;
  /** Decoded parameters; all of them are signed. */
  readonly query: Readonly<Record<string, string>>;
  /** The headers to sign, as they go on the wire. */
  readonly headers: Readonly<Record<string, string>>;
  readonly secretId: string;
  readonly secretKey: string;
  /** `<start>;<end>` in seconds since 1970: when the signature is valid. */
  readonly keyTime: string;
}

/**
 * The `Authorization` header of a request.
 *
 * @see https://intl.cloud.tencent.com/document/product/436/7778 (Request Signature)
 */
export function authorization(input: AuthorizationInput): string {
  return [
    "q-sign-algorithm=sha1",
    `q-ak=${input.secretId}`,
    `q-sign-time=${input.keyTime}`,
    `q-key-time=${input.keyTime}`,
    `q-header-list=${canonical(input.headers).list}`,
    `q-url-param-list=${canonical(input.query).list}`,
    `q-signature=${signature(input)}`,
  ].join("&");
}

/** Step 3 of the document. */
export function signKey({ secretKey, keyTime }: AuthorizationInput): string {
  return hmacSha1(secretKey, keyTime);
}

/** Step 6: the request in the form that is hashed. The path is the decoded one. */
export function httpString({ method, key, query, headers }: AuthorizationInput): string {
  return `${method.toLowerCase()}\n/${key}\n${canonical(query).pairs}\n${canonical(headers).pairs}\n`;
}

/** Step 7. */
export function stringToSign(input: AuthorizationInput): string {
  return `sha1\n${input.keyTime}\n${createHash("sha1").update(httpString(input)).digest("hex")}\n`;
}

/** Step 8. The key of the second HMAC is the hex text of the first, not its bytes. */
export function signature(input: AuthorizationInput): string {
  return hmacSha1(signKey(input), stringToSign(input));
}

/** Steps 4 and 5: `key=value` pairs, and the list of keys; keys encoded, then in lower case, then sorted. */
export function canonical(values: Readonly<Record<string, string>>): { pairs: string; list: string } {
  const entries = Object.entries(values)
    .map(([name, value]) => [urlEncode(name).toLowerCase(), urlEncode(value)] as const)
    .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  return {
    pairs: entries.map(([name, value]) => `${name}=${value}`).join("&"),
    list: entries.map(([name]) => name).join(";"),
  };
}

function hmacSha1(key: string, message: string): string {
  return createHmac("sha1", key).update(message).digest("hex");
}
