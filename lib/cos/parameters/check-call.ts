import { types } from "node:util";
import {
  checkHeaderValue,
  checkRequired,
  checkString,
  describeValue,
  reading,
  readOptions,
} from "../../check.ts";
import type { Digests } from "../../digest/digester.ts";
import { digestsOf } from "../../digest/inline-digester.ts";
import { invalidOption } from "../../errors.ts";
import { MAX_PART_SIZE, MAX_PARTS } from "../../limits.ts";
import type { Endpoint } from "../endpoint.ts";
import type { CompleteMultipartUploadParams } from "../operations/complete-multipart-upload.ts";
import type { SentBody } from "../operations/upload-part.ts";
import { byteLength } from "../request.ts";
import { checkEncryption, checkKey, checkPartNumber, checkTrafficLimit } from "./check-params.ts";
import type { ServerSideEncryption } from "./encryption.ts";

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

/** The parameters as they are at this moment; a misspelt one would be ignored in silence, encryption among them. */
export function readCall<T extends object>(operation: string, params: T, own: readonly string[]): T {
  return readOptions(operation, params, [...own, ...SPREAD]);
}

/** Checks what is sent, and digests it unless its digests are known. */
export function checkBody(
  params: BodyParams & { key: string },
  endpoint: Endpoint,
): Pick<SentBody, "key" | "body" | "digests" | "serverSideEncryption" | "trafficLimit"> {
  const key = checkKey(params.key);
  const serverSideEncryption = checkEncryption(params.serverSideEncryption, endpoint);
  const trafficLimit = checkTrafficLimit(params.trafficLimit);
  const bytes = reading("body", () => piecesOf(params.body));
  const size = byteLength(bytes);
  if (size > MAX_PART_SIZE) {
    throw invalidOption(RangeError, "body", `expected at most ${MAX_PART_SIZE} bytes`, `${size} bytes`);
  }
  return { key, body: bytes, digests: digestsFor(bytes, params), serverSideEncryption, trafficLimit };
}

function piecesOf(body: BodyParams["body"]): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  for (const piece of Array.isArray(body) ? body : [body]) {
    // Not by its class, which other realms have of their own.
    if (!types.isUint8Array(piece)) {
      throw invalidOption(
        TypeError,
        "body",
        "expected a Uint8Array or an array of them",
        describeValue(piece),
      );
    }
    if (piece.byteLength > 0) pieces.push(piece);
  }
  return pieces;
}

function digestsFor(body: readonly Uint8Array[], { md5, crc64 }: BodyParams): Digests {
  checkString("md5", md5, "expected an MD5 in base64", /^[A-Za-z0-9+/]{22}==$/);
  checkString("crc64", crc64, "expected a CRC64 as an unsigned decimal", /^\d{1,20}$/);
  if (md5 !== undefined && crc64 !== undefined) return { md5, crc64 };
  const computed = digestsOf(body);
  return { md5: md5 ?? computed.md5, crc64: crc64 ?? computed.crc64 };
}

/** Refuses a list of parts that Complete Multipart Upload would refuse; what it returns is a copy. */
export function checkPartList(
  parts: CompleteMultipartUploadParams["parts"],
): CompleteMultipartUploadParams["parts"] {
  const rule = "expected at least one { partNumber, etag }, numbered from 1 in ascending order without a gap";
  // From it: the holes of an array would not be looked at.
  const list = reading("parts", () => Array.isArray(parts) && Array.from(parts.slice(0, MAX_PARTS + 1)));
  if (!list || list.length === 0) {
    throw invalidOption(TypeError, "parts", rule, list ? "none" : describeValue(parts));
  }
  return list.map((part, index) => {
    const given = reading("parts", () => ({ partNumber: part?.partNumber ?? Number.NaN, etag: part?.etag }));
    const partNumber = checkPartNumber("parts.partNumber", given.partNumber)!;
    const etag = checkRequired("parts.etag", checkHeaderValue("parts.etag", given.etag), "expected an ETag");
    if (partNumber === index + 1) return { partNumber, etag };
    const received = `part ${partNumber} after ${index === 0 ? "none" : index}`;
    throw invalidOption(RangeError, "parts", rule, received);
  });
}
