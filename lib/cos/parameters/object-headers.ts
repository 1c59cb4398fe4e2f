import { urlEncode } from "../encoding.ts";
import { defined } from "../request.ts";

/** What is stored with an object: given when it is begun, on Initiate Multipart Upload or Put Object. */
export interface ObjectAttributes {
  /** The object's `Content-Type`; COS stores `application/octet-stream` without one. */
  readonly contentType?: string | undefined;
  readonly cacheControl?: string | undefined;
  readonly contentDisposition?: string | undefined;
  readonly contentEncoding?: string | undefined;
  readonly contentLanguage?: string | undefined;
  /** The `Expires` header stored with the object; it deletes nothing. */
  readonly expires?: Date | string | undefined;
  /** `x-cos-meta-*`: names of `a-z 0-9 -`, values of printable ASCII, 2 KiB each and 4 KiB together. */
  readonly metadata?: Readonly<Record<string, string>> | undefined;
  /** At most 10 tags; names and values are percent-encoded for you. */
  readonly tagging?: Readonly<Record<string, string>> | undefined;
  /** Such as `STANDARD` (COS's default), `STANDARD_IA`, `INTELLIGENT_TIERING`, `ARCHIVE`, `DEEP_ARCHIVE`, or their `MAZ_` kin. */
  readonly storageClass?: string | undefined;
  /** `default` (COS's default: as the bucket), `private` or `public-read`. */
  readonly acl?: string | undefined;
  /** `x-cos-grant-*`, each a list such as `id="100000000001",id="100000000002"`. */
  readonly grants?: Grants | undefined;
  /** Refuse to replace an object of the same key; COS heeds it in buckets that never had versioning. Default false. */
  readonly forbidOverwrite?: boolean | undefined;
}

export interface Grants {
  readonly read?: string | undefined;
  readonly readAcp?: string | undefined;
  readonly writeAcp?: string | undefined;
  readonly fullControl?: string | undefined;
}

/**
 * @see https://intl.cloud.tencent.com/document/product/436/7746 (Initiate Multipart Upload)
 */
export function objectHeaders(attributes: ObjectAttributes): Record<string, string> {
  const { expires, metadata = {}, tagging, grants = {}, forbidOverwrite } = attributes;
  const meta = Object.entries(metadata).map(([name, value]) => [`x-cos-meta-${name.toLowerCase()}`, value]);
  return {
    ...defined({
      "Content-Type": attributes.contentType,
      "Cache-Control": attributes.cacheControl,
      "Content-Disposition": attributes.contentDisposition,
      "Content-Encoding": attributes.contentEncoding,
      "Content-Language": attributes.contentLanguage,
      Expires: expires instanceof Date ? expires.toUTCString() : expires,
      "x-cos-storage-class": attributes.storageClass,
      "x-cos-acl": attributes.acl,
      "x-cos-grant-read": grants.read,
      "x-cos-grant-read-acp": grants.readAcp,
      "x-cos-grant-write-acp": grants.writeAcp,
      "x-cos-grant-full-control": grants.fullControl,
      "x-cos-tagging": tagging && taggingHeader(tagging),
    }),
    ...forbidOverwriteHeader(forbidOverwrite),
    ...Object.fromEntries(meta),
  };
}

export function forbidOverwriteHeader(forbidOverwrite: boolean | undefined): Record<string, string> {
  return forbidOverwrite === true ? { "x-cos-forbid-overwrite": "true" } : {};
}

function taggingHeader(tagging: Readonly<Record<string, string>>): string {
  return Object.entries(tagging)
    .map(([name, value]) => `${urlEncode(name)}=${urlEncode(value)}`)
    .join("&");
}
