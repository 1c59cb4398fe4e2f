import { posix } from "node:path";
import { types } from "node:util";
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
  reading,
  readOptions,
  readStrings,
} from "../../check.ts";
import { invalidOption } from "../../errors.ts";
import {
  MAX_KEY_BYTES,
  MAX_METADATA_BYTES,
  MAX_METADATA_VALUE_BYTES,
  MAX_PARTS,
  MAX_TAGS,
  MAX_TRAFFIC_LIMIT,
  MIN_TRAFFIC_LIMIT,
} from "../../limits.ts";
import type { Endpoint } from "../endpoint.ts";
import type { ServerSideEncryption } from "./encryption.ts";
import type { Grants, ObjectAttributes } from "./object-headers.ts";

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

const ENCRYPTION_TYPES = ["SSE-COS", "SSE-KMS", "SSE-C"] as const;

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

/** Text of any kind that becomes a parameter. */
export function checkText(option: string, value: unknown): string | undefined {
  return checkString(option, value, "expected a string without half a surrogate pair", /^\P{Surrogate}*$/u);
}

export function checkPartNumber(option: string, value: unknown): number | undefined {
  return checkInteger(option, value, { min: 1, max: MAX_PARTS });
}

/** Refuses what COS would refuse, and what would not arrive as it was meant; what it returns is a copy. */
export function checkAttributes(attributes: ObjectAttributes): ObjectAttributes {
  const metadata = readStrings("metadata", attributes.metadata);
  const tagging = readStrings("tagging", attributes.tagging);
  if (metadata !== undefined) checkMetadata(metadata);
  if (tagging !== undefined) checkTagging(tagging);
  return {
    contentType: checkHeaderValue("contentType", attributes.contentType),
    cacheControl: checkHeaderValue("cacheControl", attributes.cacheControl),
    contentDisposition: checkHeaderValue("contentDisposition", attributes.contentDisposition),
    contentEncoding: checkHeaderValue("contentEncoding", attributes.contentEncoding),
    contentLanguage: checkHeaderValue("contentLanguage", attributes.contentLanguage),
    expires: checkExpires(attributes.expires),
    metadata,
    tagging,
    storageClass: checkOneOf("storageClass", attributes.storageClass, STORAGE_CLASSES),
    acl: checkOneOf("acl", attributes.acl, ACLS),
    grants: checkGrants(attributes.grants),
    forbidOverwrite: checkBoolean("forbidOverwrite", attributes.forbidOverwrite),
  };
}

function checkExpires(expires: unknown): Date | string | undefined {
  if (!types.isDate(expires)) return checkHeaderValue("expires", expires);
  const copy = new Date(reading("expires", () => Date.prototype.getTime.call(expires)));
  if (!Number.isNaN(copy.getTime())) return copy;
  throw invalidOption(RangeError, "expires", "expected a valid Date", "an invalid one");
}

function checkGrants(value: unknown): Grants | undefined {
  const record = checkObject("grants", value);
  if (record === undefined) return undefined;
  const grants = readOptions<Grants>(
    "grants",
    record,
    ["read", "readAcp", "writeAcp", "fullControl"],
    "grants.",
  );
  for (const [name, grant] of Object.entries(grants)) checkHeaderValue(`grants.${name}`, grant);
  return grants;
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

/** Checks the encryption and copies it; a key of your own never travels in the clear, except within this machine. */
export function checkEncryption(given: unknown, endpoint: Endpoint): ServerSideEncryption | undefined {
  const option = "serverSideEncryption";
  const record = checkObject(option, given);
  if (record === undefined) return undefined;
  const rule = "expected a type";
  const asked = reading(`${option}.type`, () => Reflect.get(record, "type") as unknown);
  const type = checkRequired(
    `${option}.type`,
    checkOneOf(`${option}.type`, asked, ENCRYPTION_TYPES, describeKind),
    rule,
  );
  switch (type) {
    case "SSE-COS":
      checkNames(option, record, ["type"], option);
      return { type };
    case "SSE-KMS": {
      const { keyId, context } = readOptions<{ keyId?: unknown; context?: unknown }>(
        option,
        record,
        ["type", "keyId", "context"],
        `${option}.`,
      );
      const id = checkHeaderValue(`${option}.keyId`, keyId);
      const strings = readStrings(`${option}.context`, context);
      return {
        type,
        ...(id !== undefined && { keyId: id }),
        ...(strings !== undefined && { context: strings }),
      };
    }
    case "SSE-C": {
      const { key } = readOptions<{ key?: unknown }>(option, record, ["type", "key"], `${option}.`);
      if (!endpoint.secure && !endpoint.loopback) {
        const flaw = "an SSE-C key is not sent over plain HTTP; use an https endpoint";
        throw invalidOption(TypeError, option, flaw, endpoint.origin);
      }
      return { type, key: checkCustomerKey(`${option}.key`, key) };
    }
  }
}

/** A copy: a program may wipe its key once it was given. */
function checkCustomerKey(option: string, key: unknown): Uint8Array {
  // Not by its class, which other realms have of their own; and not by what it says of its length.
  const copy = types.isUint8Array(key) ? reading(option, () => new Uint8Array(key)) : undefined;
  if (copy?.byteLength === 32) return copy;
  const received = copy === undefined ? describeKind(key) : `${copy.byteLength} bytes`;
  throw invalidOption(TypeError, option, "expected a Uint8Array of 32 bytes", received);
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
