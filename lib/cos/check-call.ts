import { checkNames, checkString, describeValue } from "../check.ts";
import type { Digests } from "../digest/digester.ts";
import { digestsOf } from "../digest/inline-digester.ts";
import { invalidOption } from "../errors.ts";
import { MAX_PART_SIZE } from "../limits.ts";
import { checkEncryption, checkKey, checkPartNumber, checkTrafficLimit } from "./check-params.ts";
import type { ServerSideEncryption } from "./encryption.ts";
import type { Endpoint } from "./endpoint.ts";
import type { CompleteMultipartUploadParams } from "./operations/complete-multipart-upload.ts";
import { byteLength } from "./request.ts";

/** A body: bytes, or pieces of them in order. They must not change until the call settles. */
export interface BodyParams {
  readonly body: Uint8Array | readonly Uint8Array[];
  /** MD5 (base64) and CRC64 (decimal) of the body, where they are known already, as in a `Part` of a `PartTransform`. */
  readonly md5?: string | undefined;
  readonly crc64?: string | undefined;
  readonly serverSideEncryption?: ServerSideEncryption | undefined;
  /** Bit/s: 819,200 to 838,860,800. */
  readonly trafficLimit?: number | undefined;
}

/** The names of {@link BodyParams}. */
export const BODY_PARAMS: readonly (keyof BodyParams)[] = [
  "body",
  "md5",
  "crc64",
  "serverSideEncryption",
  "trafficLimit",
];

/** What an operation's parameters may have beside their own: a result or a `Part` that is spread into the call. */
const SPREAD = [
  "key",
  "signal",
  "bucket",
  "uploadId",
  "partNumber",
  "offset",
  "size",
  "etag",
  "md5",
  "crc64",
  "attempts",
  "location",
  "versionId",
  "requestId",
];

/** A misspelt parameter would be ignored in silence, encryption among them. */
export function checkCall(operation: string, params: object, own: readonly string[]): void {
  checkNames(operation, params, [...own, ...SPREAD]);
}

/** Checks what is sent, and digests it unless its digests are known. */
export function checkBody(
  params: BodyParams & { key: string },
  endpoint: Endpoint,
): { body: readonly Uint8Array[]; digests: Digests } {
  checkKey(params.key);
  checkEncryption(params.serverSideEncryption, endpoint);
  checkTrafficLimit(params.trafficLimit);
  const pieces: readonly unknown[] = Array.isArray(params.body) ? params.body : [params.body];
  const wrong = pieces.find((piece) => !(piece instanceof Uint8Array));
  if (pieces.includes(undefined) || wrong !== undefined) {
    throw invalidOption(TypeError, "body", "expected a Uint8Array or an array of them", describeValue(wrong));
  }
  const body = (pieces as readonly Uint8Array[]).filter(({ byteLength }) => byteLength > 0);
  const size = byteLength(body);
  if (size > MAX_PART_SIZE) {
    throw invalidOption(RangeError, "body", `expected at most ${MAX_PART_SIZE} bytes`, `${size} bytes`);
  }
  return { body, digests: digestsFor(body, params) };
}

function digestsFor(body: readonly Uint8Array[], { md5, crc64 }: BodyParams): Digests {
  checkString("md5", md5, "expected an MD5 in base64", /^[A-Za-z0-9+/]{22}==$/);
  checkString("crc64", crc64, "expected a CRC64 as an unsigned decimal", /^\d{1,20}$/);
  if (md5 !== undefined && crc64 !== undefined) return { md5, crc64 };
  const computed = digestsOf(body);
  return { md5: md5 ?? computed.md5, crc64: crc64 ?? computed.crc64 };
}

/** Refuses a list of parts that Complete Multipart Upload would refuse. */
export function checkPartList(parts: CompleteMultipartUploadParams["parts"]): void {
  const rule = "expected at least one { partNumber, etag }, numbered from 1 in ascending order without a gap";
  if (!Array.isArray(parts) || parts.length === 0) {
    throw invalidOption(TypeError, "parts", rule, Array.isArray(parts) ? "none" : describeValue(parts));
  }
  let previous = 0;
  for (const part of parts) {
    const partNumber = checkPartNumber("parts.partNumber", part?.partNumber ?? Number.NaN)!;
    checkString("parts.etag", part.etag ?? null);
    if (partNumber !== previous + 1) {
      throw invalidOption(
        RangeError,
        "parts",
        rule,
        `part ${partNumber} after ${previous === 0 ? "none" : previous}`,
      );
    }
    previous = partNumber;
  }
}
