import { MAX_METADATA_BYTES, MAX_METADATA_VALUE_BYTES, MAX_TAGS } from "../limits.ts";
import { CosError, fileAlreadyExists, invalidArgument, notImplemented } from "./cos-error.ts";
import { requestedEncryption } from "./encryption.ts";
import type { Exchange } from "./exchange.ts";
import type { ObjectAttributes } from "./store/records.ts";

/** Headers that are stored with an object, spelled as in the answers. */
const KEPT_HEADERS = [
  "Content-Type",
  "Cache-Control",
  "Content-Disposition",
  "Content-Encoding",
  "Content-Language",
  "Expires",
];

/** @see https://intl.cloud.tencent.com/document/product/436/30925 (Storage Class) */
const STORAGE_CLASSES = [
  "STANDARD",
  "STANDARD_IA",
  "INTELLIGENT_TIERING",
  "ARCHIVE",
  "DEEP_ARCHIVE",
  "MAZ_STANDARD",
  "MAZ_STANDARD_IA",
  "MAZ_INTELLIGENT_TIERING",
];

const ACLS = ["default", "private", "public-read", "public-read-write", "authenticated-read"];

/** What Put Object or Initiate Multipart Upload says about an object, checked. */
export function requestedAttributes(exchange: Exchange): ObjectAttributes {
  const acl = exchange.header("x-cos-acl");
  if (acl !== undefined && !ACLS.includes(acl))
    throw invalidArgument(`x-cos-acl must be of ${ACLS.join(", ")}`);
  checkTagging(exchange.header("x-cos-tagging"));
  return {
    headers: keptHeaders(exchange),
    storageClass: storageClass(exchange),
    encryption: requestedEncryption(exchange),
  };
}

/** @throws {CosError} 409 FileAlreadyExists */
export function checkForbidOverwrite(exchange: Exchange): boolean {
  const forbid = exchange.header("x-cos-forbid-overwrite")?.toLowerCase() === "true";
  if (forbid && exchange.store.object(exchange.target.bucket, exchange.target.key)) throw fileAlreadyExists();
  return forbid;
}

function keptHeaders(exchange: Exchange): Record<string, string> {
  if (exchange.header("content-encoding")?.includes("aws-chunked")) {
    throw notImplemented("Aws MultiChunkedEncoding");
  }
  const kept: Record<string, string> = { "Content-Type": "application/octet-stream" };
  for (const name of KEPT_HEADERS) {
    const value = exchange.header(name.toLowerCase());
    if (value !== undefined) kept[name] = value;
  }
  return { ...kept, ...metadata(exchange) };
}

/** The size of metadata counts the names without `x-cos-meta-`, and the values. */
function metadata(exchange: Exchange): Record<string, string> {
  const kept: Record<string, string> = {};
  let bytes = 0;
  for (const [name, value] of Object.entries(exchange.entry.headers)) {
    if (!name.startsWith("x-cos-meta-")) continue;
    const suffix = name.slice("x-cos-meta-".length);
    if (!/^[a-z0-9-]+$/.test(suffix)) {
      throw invalidArgument(`${name}: metadata names have letters, digits and hyphens only`);
    }
    bytes += suffix.length + value.length;
    if (value.length > MAX_METADATA_VALUE_BYTES || bytes > MAX_METADATA_BYTES) {
      throw new CosError(400, "MetadataTooLarge", "Your metadata headers exceed the maximum allowed size.");
    }
    kept[name] = value;
  }
  return kept;
}

function storageClass(exchange: Exchange): string {
  const value = exchange.header("x-cos-storage-class") ?? "STANDARD";
  if (!STORAGE_CLASSES.includes(value.toUpperCase())) {
    throw new CosError(400, "NotSupportedStorageClass", `The storage class ${value} is not supported.`);
  }
  return value.toUpperCase();
}

/** @see https://intl.cloud.tencent.com/document/product/436/35665 (Object Tagging) */
function checkTagging(tagging: string | undefined): void {
  if (tagging === undefined) return;
  const names = new Set<string>();
  const pairs = tagging.split("&");
  for (const pair of pairs) {
    const [name, value, rest] = pair.split("=").map(decodeTag);
    if (!name || name.length > 127 || value === undefined || value.length > 255 || rest !== undefined) {
      throw invalidTag("x-cos-tagging must be key=value pairs, URL-encoded");
    }
    names.add(name);
  }
  if (names.size !== pairs.length) throw invalidTag("A tag's key is there twice.");
  if (names.size > MAX_TAGS) throw invalidTag(`An object has at most ${MAX_TAGS} tags.`);
}

function decodeTag(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw invalidTag("x-cos-tagging is not URL-encoded");
  }
}

const invalidTag = (message: string): CosError => new CosError(400, "InvalidTag", message);
