import { md5 } from "./body.ts";
import { CosError, invalidArgument } from "./cos-error.ts";
import type { Exchange } from "./exchange.ts";
import type { Encryption } from "./store/records.ts";

const SSE = "x-cos-server-side-encryption";
const KMS_KEY_ID = `${SSE}-cos-kms-key-id`;
const ALGORITHM = `${SSE}-customer-algorithm`;
const KEY = `${SSE}-customer-key`;
const KEY_MD5 = `${SSE}-customer-key-MD5`;

/** The key of the account, if a request names none. */
const DEFAULT_KMS_KEY = "00000000-0000-4000-8000-000000000000";

/**
 * The encryption that Initiate or Put Object asks for.
 *
 * @see https://intl.cloud.tencent.com/document/product/436/7728 (headers of server-side encryption)
 */
export function requestedEncryption(exchange: Exchange): Encryption {
  const keyMd5 = customerKeyMd5(exchange);
  const mode = exchange.header(SSE);
  if (keyMd5 !== undefined) {
    if (mode !== undefined)
      throw invalidArgument("SSE-C can't be combined with another server-side encryption");
    return { mode: "customer", keyMd5 };
  }
  switch (mode) {
    case undefined:
      return bucketEncryption(exchange.settings.bucketEncryption);
    case "AES256":
      return { mode: "cos" };
    case "cos/kms":
      return { mode: "kms", keyId: exchange.header(KMS_KEY_ID) ?? DEFAULT_KMS_KEY };
    default:
      throw invalidArgument(`${SSE} must be AES256 or cos/kms`);
  }
}

/** @see https://intl.cloud.tencent.com/document/product/436/35204 (PUT Bucket encryption) */
function bucketEncryption(type: "SSE-COS" | "SSE-KMS" | undefined): Encryption {
  if (type === undefined) return { mode: "none" };
  return type === "SSE-COS" ? { mode: "cos" } : { mode: "kms", keyId: DEFAULT_KMS_KEY };
}

/** A part must have the key of its upload; and none if the upload has none. */
export function checkPartKey(exchange: Exchange, encryption: Encryption): void {
  const keyMd5 = customerKeyMd5(exchange);
  if (encryption.mode !== "customer") {
    if (keyMd5 === undefined) return;
    throw new CosError(400, "SSEHeaderNotAllowed", "The multipart upload was not initiated with SSE-C.");
  }
  if (keyMd5 === undefined)
    throw invalidArgument("The multipart upload was initiated with SSE-C; its key is missing");
  if (keyMd5 !== encryption.keyMd5) {
    throw new CosError(400, "SsecDecryptHeaderInvalid", "The key differs from the multipart upload's.");
  }
}

/** Get and Head of an SSE-C object need its key. */
export function checkReadKey(exchange: Exchange, encryption: Encryption): void {
  const keyMd5 = customerKeyMd5(exchange);
  if (encryption.mode !== "customer") {
    if (keyMd5 === undefined) return;
    throw new CosError(400, "SSEHeaderNotAllowed", "The object is not encrypted with a customer's key.");
  }
  if (keyMd5 === undefined) {
    throw new CosError(
      400,
      "SsecDecryptHeaderInvalid",
      "The object is encrypted with SSE-C; its key is missing.",
    );
  }
  if (keyMd5 !== encryption.keyMd5) throw new CosError(403, "AccessDenied", "The key is not the object's.");
}

/** The headers of the answer, which show the client that the object is encrypted. */
export function encryptionHeaders(encryption: Encryption): Record<string, string> {
  switch (encryption.mode) {
    case "none":
      return {};
    case "cos":
      return { [SSE]: "AES256" };
    case "kms":
      return { [SSE]: "cos/kms", [KMS_KEY_ID]: encryption.keyId };
    case "customer":
      return { [ALGORITHM]: "AES256", [KEY_MD5]: encryption.keyMd5 };
  }
}

/** Whether COS's ETag of these bytes is their MD5. */
export function etagIsMd5(encryption: Encryption): boolean {
  return encryption.mode === "none" || encryption.mode === "cos";
}

/** Compares the three headers with each other. Only the MD5 of the key is kept. */
function customerKeyMd5(exchange: Exchange): string | undefined {
  const algorithm = exchange.header(ALGORITHM);
  const key = exchange.header(KEY);
  const keyMd5 = exchange.header(KEY_MD5.toLowerCase());
  if (algorithm === undefined && key === undefined && keyMd5 === undefined) return undefined;
  if (algorithm === undefined || key === undefined || keyMd5 === undefined) {
    throw invalidArgument("SSE-C needs its algorithm, its key and the key's MD5");
  }
  if (algorithm !== "AES256") throw invalidArgument(`${ALGORITHM} must be AES256`);
  const bytes = Buffer.from(key, "base64");
  if (bytes.length !== 32 || bytes.toString("base64") !== key) {
    throw invalidArgument(`${KEY} must be the base64 of 32 bytes`);
  }
  if (md5(bytes).toString("base64") !== keyMd5) throw invalidArgument(`${KEY_MD5} is not the key's`);
  return keyMd5;
}
