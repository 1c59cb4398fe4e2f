import { createHash } from "node:crypto";
import { defined } from "../request.ts";

/**
 * How COS encrypts the object.
 *
 * @see https://intl.cloud.tencent.com/document/product/436/7728 (Common Request Headers, server-side encryption)
 */
export type ServerSideEncryption =
  /** COS's own keys. */
  | { readonly type: "SSE-COS" }
  /** A key of the key management service; `keyId` names yours, `context` is bound to it. */
  | { readonly type: "SSE-KMS"; readonly keyId?: string; readonly context?: Readonly<Record<string, string>> }
  /** Your key of 32 bytes, sent with every request that touches the object and stored nowhere. */
  | { readonly type: "SSE-C"; readonly key: Uint8Array };

/** For Initiate Multipart Upload and Put Object. */
export function encryptionHeaders(encryption: ServerSideEncryption | undefined): Record<string, string> {
  switch (encryption?.type) {
    case undefined:
      return {};
    case "SSE-COS":
      return { "x-cos-server-side-encryption": "AES256" };
    case "SSE-KMS":
      return defined({
        "x-cos-server-side-encryption": "cos/kms",
        "x-cos-server-side-encryption-cos-kms-key-id": encryption.keyId,
        "x-cos-server-side-encryption-context":
          encryption.context && base64(JSON.stringify(encryption.context)),
      });
    case "SSE-C":
      return customerKeyHeaders(encryption);
  }
}

/** For Upload Part and Head Object: SSE-C only; COS refuses the other headers there. */
export function customerKeyHeaders(encryption: ServerSideEncryption | undefined): Record<string, string> {
  if (encryption?.type !== "SSE-C") return {};
  return {
    "x-cos-server-side-encryption-customer-algorithm": "AES256",
    "x-cos-server-side-encryption-customer-key": base64(encryption.key),
    "x-cos-server-side-encryption-customer-key-MD5": createHash("md5")
      .update(encryption.key)
      .digest("base64"),
  };
}

/** Whether COS gives the MD5 of a part or object sent in one request as its ETag. */
export function etagIsMd5(encryption: ServerSideEncryption | undefined): boolean {
  return encryption === undefined || encryption.type === "SSE-COS";
}

function base64(value: string | Uint8Array): string {
  return Buffer.from(value as Uint8Array).toString("base64");
}
