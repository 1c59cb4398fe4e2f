import { bareEtag, etagIsMd5, hexOf } from "../cos/answers/verify.ts";
import { HEADER } from "../cos/headers.ts";
import type { HeadObjectResult } from "../cos/operations/head-object.ts";
import type { ServerSideEncryption } from "../cos/parameters/encryption.ts";
import type { Age, FoundObject } from "./proof.ts";

/** The object that a commit is to make. */
export interface ExpectedObject {
  readonly key: string;
  readonly size: number;
  readonly crc64: string;
  /** Base64; for an object that is sent as one Put Object. */
  readonly md5?: string | undefined;
  /** How many parts it is made of; undefined for one Put Object. */
  readonly partCount: number | undefined;
  /** The headers that it was asked for with; undefined when somebody else began the upload. */
  readonly asked: Readonly<Record<string, string>> | undefined;
  readonly encryption: ServerSideEncryption | undefined;
}

/** How long ago something was when COS answered: milliseconds, between these bounds. */
export interface Elapsed {
  readonly least: number;
  readonly most: number;
}

/** What is known of our attempts, seen from the moment of the answer to Head Object. */
export interface Attempts {
  /** Version ids that COS gave to attempts. */
  readonly versionIds: ReadonlySet<string | undefined>;
  readonly sinceFirst: Elapsed;
  /** Since Initiate Multipart Upload, where this stream made it. */
  readonly sinceInitiate?: Elapsed | undefined;
}

/** Compares the object that Head Object shows, if there is one, with the one that is expected. */
export function compareObject(
  found: HeadObjectResult | undefined,
  expected: ExpectedObject,
  attempts: Attempts,
): FoundObject {
  if (found === undefined) return { is: "absent", age: "unknown", isAsAsked: false };
  const age = ageOf(found, attempts);
  const attributes = compareAttributes(expected.asked, found.headers);
  if (!hasSameBytes(found, expected) || attributes === "other") return { is: "other", age, isAsAsked: false };
  return {
    is: attempts.versionIds.has(found.versionId) ? "ours" : "equal",
    age,
    isAsAsked: attributes === "same",
  };
}

/** Whether the bytes are the expected ones, as far as COS tells, and were sent in the same way: as one, or in so many parts. */
export function hasSameBytes(
  { size, crc64, etag, headers }: HeadObjectResult,
  expected: ExpectedObject,
): boolean {
  if (size !== expected.size || !isOfParts(etag, expected.partCount)) return false;
  if (crc64 !== undefined) return crc64 === expected.crc64;
  if (expected.md5 === undefined) return true;
  return etagIsMd5(headers) && bareEtag(etag) === hexOf(expected.md5);
}

/** The ETag of an object made of N parts ends with `-N`, and no other does. */
function isOfParts(etag: string, count: number | undefined): boolean {
  return etag === "" || /-(\d+)"?$/.exec(etag)?.[1] === count?.toString();
}

const SECOND = 1000;

/** COS's times are whole seconds, rounded down. Its clock when it answers is in `Date`. */
function ageOf({ headers }: HeadObjectResult, { sinceFirst, sinceInitiate }: Attempts): Age {
  const made = Date.parse(String(headers["last-modified"]));
  const answered = Date.parse(String(headers.date));
  if (Number.isNaN(made) || Number.isNaN(answered)) return "unknown";
  const isBefore = ({ most }: Elapsed): boolean => made + SECOND <= answered - most;
  const isAfter = ({ least }: Elapsed): boolean => made >= answered + SECOND - least;
  if (isAfter(sinceFirst)) return "newer";
  if (!isBefore(sinceFirst)) return "same second";
  const isAtInitiate = sinceInitiate !== undefined && !isBefore(sinceInitiate) && !isAfter(sinceInitiate);
  return isAtInitiate ? "as the upload" : "older";
}

/** Headers of an object that Head Object shows as they were given. */
const SHOWN = [
  "content-type",
  "cache-control",
  "content-disposition",
  "content-encoding",
  "content-language",
  "expires",
] as const;

const METADATA = /^x-cos-meta-/;
/** Attributes that Head Object does not show. */
const HIDDEN = /^x-cos-(acl|grant-.*|tagging)$/;
/** Not shown where it is `STANDARD`. */
const STORAGE_CLASS = HEADER.storageClass;
/** The storage class of an object for which none was asked, in a bucket of one zone or of several. */
const USUAL_CLASS = /^(MAZ_)?STANDARD$/;
const ENCRYPTION = HEADER.encryption;

/**
 * `same`: all that was asked for is there, and nothing else. `more`: nothing differs, but not all can be compared, or something is
 * there that nobody asked for. `other`: the object was asked for in another way.
 */
export function compareAttributes(
  given: Readonly<Record<string, string>> | undefined,
  found: Readonly<Record<string, string>>,
): "same" | "more" | "other" {
  if (given === undefined) return "more";
  const asked = new Map(Object.entries(given).map(([name, value]) => [name.toLowerCase(), value]));
  const shown = new Map(Object.entries({ [STORAGE_CLASS]: "STANDARD", ...found }));
  const differs = (name: string): boolean =>
    canonical(name, asked.get(name)) !== canonical(name, shown.get(name));
  const metadata = [...asked.keys(), ...shown.keys()].filter((name) => METADATA.test(name));
  const mustBe = [...SHOWN, STORAGE_CLASS, ENCRYPTION].filter((name) => asked.has(name));
  if ([...metadata, ...mustBe].some(differs)) return "other";
  const isUnasked = SHOWN.some((name) => !asked.has(name) && shown.has(name));
  const isOfClass = asked.has(STORAGE_CLASS) || USUAL_CLASS.test(shown.get(STORAGE_CLASS)!);
  const isHidden = [...asked.keys()].some((name) => HIDDEN.test(name));
  return isUnasked || isHidden || !isOfClass ? "more" : "same";
}

/** Servers write media types and storage classes in their own ways; all else comes back as it was given. */
function canonical(name: string, value: string | undefined): string | undefined {
  if (name !== "content-type" && name !== STORAGE_CLASS) return value?.trim();
  return value?.replace(/\s/g, "").toLowerCase();
}
