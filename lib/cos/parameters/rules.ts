import { posix } from "node:path";
import { types } from "node:util";
import { invalidOption } from "../../check/invalid-option.ts";
import {
  converted,
  headerValue,
  integer,
  type RequiredRule,
  type Rule,
  refined,
  required,
  string,
  wrongType,
} from "../../check/rules.ts";
import { byteLength } from "../../http/body.ts";
import {
  MAX_KEY_BYTES,
  MAX_PART_SIZE,
  MAX_PARTS,
  MAX_TRAFFIC_LIMIT,
  MIN_TRAFFIC_LIMIT,
} from "../../limits.ts";

/** Half a pair: such a string has no UTF-8 form. */
const LONE_SURROGATE = /\p{Surrogate}/u;

/**
 * An object key that COS takes.
 *
 * @see https://intl.cloud.tencent.com/document/product/436/13324 (Object Overview, naming)
 */
export const objectKey: RequiredRule<string> = required(
  refined(string(`an object key of 1 to ${MAX_KEY_BYTES} UTF-8 bytes`), (key) => {
    const bytes = Buffer.byteLength(key);
    if (bytes > MAX_KEY_BYTES) return `this one has ${bytes}`;
    if (LONE_SURROGATE.test(key)) return "without half a surrogate pair";
    if (/^[/\\]/.test(key)) return "that does not begin with a slash or a backslash";
    if (/[\x18-\x1b]/.test(key)) return "without the control characters 0x18 to 0x1B";
    // A proxy that tidies such a path would turn a request to the object into one to the whole bucket.
    if (posix.join("/", key) === "/") return "that does not stand for the bucket itself";
    return undefined;
  }),
);

export const uploadId: Rule<string> = string(
  "the UploadId that Initiate Multipart Upload gave",
  /^[\x21-\x7e]+$/,
);

export const partNumber: Rule<number> = integer(1, MAX_PARTS);

/**
 * @see https://intl.cloud.tencent.com/document/product/436/34072 (Single-Connection Bandwidth Limit)
 */
export const trafficLimit: Rule<number> = integer(MIN_TRAFFIC_LIMIT, MAX_TRAFFIC_LIMIT, "bit/s");

/** An MD5 in base64. */
export const md5: Rule<string> = string("an MD5 in base64", /^[A-Za-z0-9+/]{22}==$/);

/** An MD5 in base64 or hex, which becomes base64. */
export const md5OfAnyForm: Rule<string> = converted(
  string("an MD5 in base64 or hex", /^([A-Za-z0-9+/]{22}==|[0-9a-fA-F]{32})$/),
  (digest) => (digest.endsWith("=") ? digest : Buffer.from(digest, "hex").toString("base64")),
);

/** A CRC64, which becomes the usual form of its number. */
export const crc64: Rule<string> = converted(
  refined(string("a CRC64 as an unsigned decimal string", /^\d{1,20}$/), (digest) =>
    BigInt(digest) < 2n ** 64n ? undefined : "below 2 ** 64",
  ),
  (digest) => BigInt(digest).toString(),
);

/** Bytes, or pieces of them, which become pieces that are not empty. */
export const body: Rule<Uint8Array[]> = {
  type: "object",
  expected: "a Uint8Array or an array of them",
  check(option, value, words = body.expected) {
    const pieces: Uint8Array[] = [];
    for (const piece of Array.isArray(value) ? value : [value]) {
      // Not by its class, which other realms have of their own.
      if (!types.isUint8Array(piece)) throw wrongType(option, words, piece);
      if (piece.byteLength > 0) pieces.push(piece);
    }
    const size = byteLength(pieces);
    if (size <= MAX_PART_SIZE) return pieces;
    throw invalidOption(RangeError, option, `expected at most ${MAX_PART_SIZE} bytes`, `${size} bytes`);
  },
};

/** A list of parts that Complete Multipart Upload takes. */
export const partList: Rule<{ readonly partNumber: number; readonly etag: string }[]> = {
  type: "object",
  expected: "at least one { partNumber, etag }, numbered from 1 in ascending order without a gap",
  check(option, value, words = partList.expected) {
    if (!Array.isArray(value)) throw wrongType(option, words, value);
    // From it: the holes of an array would not be looked at.
    const list: unknown[] = Array.from(value.slice(0, MAX_PARTS + 1));
    if (list.length === 0) throw invalidOption(TypeError, option, `expected ${words}`, "none");
    return list.map((part, index) => {
      const given = Object(part) as Record<string, unknown>;
      const checked = {
        partNumber: required(partNumber).check(`${option}.partNumber`, given.partNumber),
        etag: required(headerValue).check(`${option}.etag`, given.etag),
      };
      if (checked.partNumber === index + 1) return checked;
      const received = `part ${checked.partNumber} after ${index === 0 ? "none" : index}`;
      throw invalidOption(RangeError, option, `expected ${words}`, received);
    });
  },
};
