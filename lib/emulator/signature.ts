import { createHash, createHmac } from "node:crypto";
import { percentEncode } from "./percent-encoding.ts";

/** A name and a value as they were received. Values of headers have one character per byte. */
export type Pair = readonly [name: string, value: string];

/** Everything that a signature is computed from. */
export interface SignatureInput {
  readonly method: string;
  /** `/` and the decoded key. */
  readonly path: string;
  /** The decoded query. */
  readonly query: readonly Pair[];
  readonly headers: readonly Pair[];
  readonly headerList: readonly string[];
  readonly paramList: readonly string[];
  readonly signTime: string;
  readonly keyTime: string;
  readonly secretKey: string;
}

/** The signature that a request should have, and the steps to it. */
export interface ComputedSignature {
  readonly signKey: string;
  readonly httpParameters: string;
  readonly httpHeaders: string;
  readonly httpString: string;
  readonly stringToSign: string;
  readonly signature: string;
  /** Headers and parameters that are listed but did not arrive. Then the signature is wrong. */
  readonly missing: readonly string[];
}

/** @see https://intl.cloud.tencent.com/document/product/436/7778 (Request Signature) */
export function computeSignature(input: SignatureInput): ComputedSignature {
  const missing: string[] = [];
  const httpParameters = canonical(input.query, input.paramList, "utf8", missing);
  const httpHeaders = canonical(input.headers, input.headerList, "latin1", missing);
  const httpString = `${input.method.toLowerCase()}\n${input.path}\n${httpParameters}\n${httpHeaders}\n`;
  const digest = createHash("sha1").update(httpString, "utf8").digest("hex");
  const stringToSign = `sha1\n${input.signTime}\n${digest}\n`;
  const signKey = createHmac("sha1", input.secretKey).update(input.keyTime).digest("hex");
  const signature = createHmac("sha1", signKey).update(stringToSign).digest("hex");
  return { signKey, httpParameters, httpHeaders, httpString, stringToSign, signature, missing };
}

function canonical(
  received: readonly Pair[],
  list: readonly string[],
  encoding: "utf8" | "latin1",
  missing: string[],
): string {
  const values = new Map<string, string[]>();
  for (const [name, value] of received) {
    const encodedName = percentEncode(name).toLowerCase();
    const encodedValue = percentEncode(Buffer.from(value, encoding));
    const others = values.get(encodedName);
    if (others) others.push(encodedValue);
    else values.set(encodedName, [encodedValue]);
  }
  const pairs: string[] = [];
  for (const name of [...new Set(list.map((entry) => entry.toLowerCase()))].sort()) {
    const named = values.get(name);
    if (!named) missing.push(name);
    // A name that came more than once is repeated, with its values in order, as the Go SDK signs it.
    else pairs.push(...named.sort().map((value) => `${name}=${value}`));
  }
  return pairs.join("&");
}
