import { posix } from "node:path";
import {
  checkBoolean,
  checkHeaderValue,
  checkInteger,
  checkNames,
  checkObject,
  checkOneOf,
  checkRequired,
  checkString,
  describeKind,
  describeValue,
} from "../check.ts";
import { invalidOption } from "../errors.ts";
import {
  MAX_KEY_BYTES,
  MAX_METADATA_BYTES,
  MAX_METADATA_VALUE_BYTES,
  MAX_PARTS,
  MAX_TAGS,
  MAX_TRAFFIC_LIMIT,
  MIN_TRAFFIC_LIMIT,
} from "../limits.ts";
import type { ServerSideEncryption } from "./encryption.ts";
import type { Endpoint } from "./endpoint.ts";
import type { ObjectAttributes } from "./object-headers.ts";

const STORAGE_CLASSES = [
  "STANDARD",
  "STANDARD_IA",
  "INTELLIGENT_TIERING",
  "ARCHIVE",
  "DEEP_ARCHIVE",
  "MAZ_STANDARD",
  "MAZ_STANDARD_IA",
  "MAZ_INTELLIGENT_TIERING",
] as const;

const ACLS = ["default", "private", "public-read"] as const;

/** Half a pair: such a string has no UTF-8 form. */
const LONE_SURROGATE = /\p{Surrogate}/u;

/**
 * An object key that COS takes.
 *
 * @see https://intl.cloud.tencent.com/document/product/436/13324 (Object Overview, naming)
 */
export function checkKey(value: unknown): string {
  const rule = `expected an object key of 1 to ${MAX_KEY_BYTES} UTF-8 bytes`;
  const key = checkRequired("key", checkString("key", value, rule), rule);
  const bytes = Buffer.byteLength(key);
  const refuse = (flaw: string): never => {
    throw invalidOption(RangeError, "key", `${rule}, ${flaw}`, describeValue(key));
  };
  if (bytes > MAX_KEY_BYTES) refuse(`this one has ${bytes}`);
  if (LONE_SURROGATE.test(key)) refuse("without half a surrogate pair");
  if (/^[/\\]/.test(key)) refuse("that does not begin with a slash or a backslash");
  if (/[\x18-\x1b]/.test(key)) refuse("without the control characters 0x18 to 0x1B");
  // A proxy that tidies such a path would turn a request to the object into one to the whole bucket.
  if (posix.join("/", key) === "/") refuse("that does not stand for the bucket itself");
  return key;
}

export function checkUploadId(value: unknown, option = "uploadId"): string {
  const rule = "expected the UploadId that Initiate Multipart Upload gave";
  return checkRequired(option, checkString(option, value, rule, /^[\x21-\x7e]+$/), rule);
}

export function checkPartNumber(option: string, value: unknown): number | undefined {
  return checkInteger(option, value, { min: 1, max: MAX_PARTS });
}

/** Refuses what COS would refuse, and what would not arrive as it was meant. */
export function checkAttributes(attributes: ObjectAttributes): void {
  for (const name of [
    "contentType",
    "cacheControl",
    "contentDisposition",
    "contentEncoding",
    "contentLanguage",
  ] as const) {
    checkHeaderValue(name, attributes[name]);
  }
  const { expires, metadata, tagging, grants } = attributes;
  if (expires instanceof Date ? Number.isNaN(expires.getTime()) : expires !== undefined) {
    if (expires instanceof Date)
      throw invalidOption(RangeError, "expires", "expected a valid Date", "an invalid one");
    checkHeaderValue("expires", expires);
  }
  checkOneOf("storageClass", attributes.storageClass, STORAGE_CLASSES);
  checkOneOf("acl", attributes.acl, ACLS);
  checkBoolean("forbidOverwrite", attributes.forbidOverwrite);
  if (checkObject("grants", grants) !== undefined) {
    checkNames("grants", grants!, ["read", "readAcp", "writeAcp", "fullControl"]);
    for (const [name, value] of Object.entries(grants!)) checkHeaderValue(`grants.${name}`, value);
  }
  if (checkRecord("metadata", metadata) !== undefined) checkMetadata(metadata!);
  if (checkRecord("tagging", tagging) !== undefined) checkTagging(tagging!);
}

/** Names and strings; a Map would look like no names at all, and a missing value would be sent as "undefined". */
function checkRecord(option: string, value: unknown): object | undefined {
  const record = checkObject(option, value, "expected an object of names and strings");
  if (record instanceof Map || record instanceof Set) {
    throw invalidOption(TypeError, option, "expected an object of names and strings", describeValue(record));
  }
  for (const [name, text] of Object.entries(record ?? {})) {
    if (typeof text === "string") continue;
    throw invalidOption(TypeError, `${option}.${name}`, "expected a string", describeKind(text));
  }
  return record;
}

function checkMetadata(metadata: Readonly<Record<string, string>>): void {
  const seen = new Set<string>();
  let total = 0;
  for (const [name, value] of Object.entries(metadata)) {
    if (!/^[a-z0-9-]+$/i.test(name)) {
      throw invalidOption(
        RangeError,
        "metadata",
        "expected names of letters, digits and hyphens",
        describeValue(name),
      );
    }
    if (seen.has(name.toLowerCase())) {
      const rule = "expected names that differ in more than upper and lower case";
      throw invalidOption(RangeError, "metadata", rule, describeValue(name));
    }
    seen.add(name.toLowerCase());
    const size = checkHeaderValue(`metadata.${name}`, value)!.length;
    if (size > MAX_METADATA_VALUE_BYTES) {
      const rule = `expected values of at most ${MAX_METADATA_VALUE_BYTES} bytes`;
      throw invalidOption(RangeError, `metadata.${name}`, rule, `${size} bytes`);
    }
    total += name.length + size;
  }
  if (total > MAX_METADATA_BYTES) {
    throw invalidOption(
      RangeError,
      "metadata",
      `expected at most ${MAX_METADATA_BYTES} bytes in all`,
      `${total} bytes`,
    );
  }
}

function checkTagging(tagging: Readonly<Record<string, string>>): void {
  const tags = Object.entries(tagging);
  if (tags.length > MAX_TAGS) {
    throw invalidOption(RangeError, "tagging", `expected at most ${MAX_TAGS} tags`, `${tags.length}`);
  }
  for (const [name, value] of tags) {
    const rule = "expected well-formed strings as names and values, names not empty";
    if (name === "" || LONE_SURROGATE.test(name) || LONE_SURROGATE.test(value)) {
      throw invalidOption(RangeError, "tagging", rule, describeValue(name));
    }
  }
}

/** Checks the encryption; a key of your own never travels in the clear, except within this machine. */
export function checkEncryption(encryption: ServerSideEncryption | undefined, endpoint: Endpoint): void {
  const option = "serverSideEncryption";
  if (checkObject(option, encryption) === undefined) return;
  const { type } = encryption!;
  checkRequired(
    `${option}.type`,
    checkOneOf(`${option}.type`, type, ["SSE-COS", "SSE-KMS", "SSE-C"], describeKind),
    "expected a type",
  );
  if (encryption!.type === "SSE-KMS") {
    checkNames(option, encryption!, ["type", "keyId", "context"]);
    checkHeaderValue(`${option}.keyId`, encryption!.keyId);
    checkRecord(`${option}.context`, encryption!.context);
  } else if (encryption!.type === "SSE-C") {
    checkNames(option, encryption!, ["type", "key"]);
    const { key } = encryption!;
    if (!(key instanceof Uint8Array) || key.byteLength !== 32) {
      const received = key instanceof Uint8Array ? `${key.byteLength} bytes` : describeKind(key);
      throw invalidOption(TypeError, `${option}.key`, "expected a Uint8Array of 32 bytes", received);
    }
    if (!endpoint.secure && !endpoint.loopback) {
      throw invalidOption(
        TypeError,
        option,
        "an SSE-C key is not sent over plain HTTP; use an https endpoint",
        endpoint.origin,
      );
    }
  } else {
    checkNames(option, encryption!, ["type"]);
  }
}

/**
 * @see https://intl.cloud.tencent.com/document/product/436/34072 (Single-Connection Bandwidth Limit)
 */
export function checkTrafficLimit(value: unknown): number | undefined {
  return checkInteger("trafficLimit", value, {
    min: MIN_TRAFFIC_LIMIT,
    max: MAX_TRAFFIC_LIMIT,
    unit: "bit/s",
  });
}
