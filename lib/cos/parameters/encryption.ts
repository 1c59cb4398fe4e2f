import { createHash } from "node:crypto";
import { types } from "node:util";
import { describeKind } from "../../check/describe.ts";
import { invalidOption } from "../../check/invalid-option.ts";
import { headerValue, type Rule, required } from "../../check/rules.ts";
import { strings, variants } from "../../check/table.ts";
import type { Endpoint } from "../endpoint.ts";
import { HEADER } from "../headers.ts";
import { defined } from "../request.ts";

/**
 * How COS encrypts the object. `SSE-COS`: with keys of COS. `SSE-KMS`: with a key of the Key Management Service; `keyId` names yours
 * (default: the one that COS made), `context` is bound to it. `SSE-C`: with your key of 32 bytes, which is sent with every request
 * about the object and stored nowhere; it is refused over plain HTTP, except to this machine.
 *
 * @see https://intl.cloud.tencent.com/document/product/436/7728 (Common Request Headers, server-side encryption)
 */
export type ServerSideEncryption =
  | { readonly type: "SSE-COS" }
  | { readonly type: "SSE-KMS"; readonly keyId?: string; readonly context?: Readonly<Record<string, string>> }
  | { readonly type: "SSE-C"; readonly key: Uint8Array };

/** For Initiate Multipart Upload and Put Object. */
export function encryptionHeaders(encryption: ServerSideEncryption | undefined): Record<string, string> {
  switch (encryption?.type) {
    case undefined:
      return {};
    case "SSE-COS":
      return { [HEADER.encryption]: "AES256" };
    case "SSE-KMS":
      return defined({
        [HEADER.encryption]: "cos/kms",
        [HEADER.encryptionKeyId]: encryption.keyId,
        [HEADER.encryptionContext]: encryption.context && base64(JSON.stringify(encryption.context)),
      });
    case "SSE-C":
      return customerKeyHeaders(encryption);
  }
}

/** For Upload Part and Head Object: SSE-C only; COS refuses the other headers there. */
export function customerKeyHeaders(encryption: ServerSideEncryption | undefined): Record<string, string> {
  if (encryption?.type !== "SSE-C") return {};
  return {
    [HEADER.customerAlgorithm]: "AES256",
    [HEADER.customerKey]: base64(encryption.key),
    [HEADER.customerKeyMd5]: createHash("md5").update(encryption.key).digest("base64"),
  };
}

function base64(value: string | Uint8Array): string {
  return Buffer.from(value as Uint8Array).toString("base64");
}

/** A copy: a program may wipe its key once it was given. */
const customerKey: Rule<Uint8Array> = {
  type: "object",
  expected: "a Uint8Array of 32 bytes",
  check(option, value, words = customerKey.expected) {
    // Not by its class, which other realms have of their own; and not by what it says of its length.
    const copy = types.isUint8Array(value) ? new Uint8Array(value) : undefined;
    if (copy?.byteLength === 32) return copy;
    const received = copy === undefined ? describeKind(value) : `${copy.byteLength} bytes`;
    throw invalidOption(TypeError, option, `expected ${words}`, received);
  },
};

export const serverSideEncryption: Rule<ServerSideEncryption> = variants<ServerSideEncryption, "type">(
  "type",
  {
    "SSE-COS": {},
    "SSE-KMS": { keyId: headerValue, context: strings },
    "SSE-C": { key: required(customerKey) },
  },
);

/** A key of your own never travels in the clear, except within this machine. */
export function refuseKeyInTheClear(encryption: ServerSideEncryption | undefined, endpoint: Endpoint): void {
  if (encryption?.type !== "SSE-C" || endpoint.secure || endpoint.loopback) return;
  const rule = "an SSE-C key is not sent over plain HTTP; use an https endpoint";
  throw invalidOption(TypeError, "serverSideEncryption", rule, endpoint.origin);
}
