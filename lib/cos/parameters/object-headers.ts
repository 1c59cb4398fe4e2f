import { urlEncode } from "../encoding.ts";
import { HEADER } from "../headers.ts";
import { defined } from "../request.ts";

/**
 * What COS stores with an object. It is sent when the object is begun, with Initiate Multipart Upload or Put Object.
 *
 * @see https://intl.cloud.tencent.com/document/product/436/7746 (Initiate Multipart Upload)
 */
export interface ObjectAttributes {
  /** The `Content-Type` header. Default: none; COS then stores `application/octet-stream`. */
  readonly contentType?: string | undefined;
  /** The `Cache-Control` header. Default: none. */
  readonly cacheControl?: string | undefined;
  /** The `Content-Disposition` header. Default: none. */
  readonly contentDisposition?: string | undefined;
  /** The `Content-Encoding` header, such as `gzip`. It does not compress anything. Default: none. */
  readonly contentEncoding?: string | undefined;
  /** The `Content-Language` header. Default: none. */
  readonly contentLanguage?: string | undefined;
  /** The `Expires` header. It does not delete anything. Default: none. */
  readonly expires?: Date | string | undefined;
  /** `x-cos-meta-*`: names of `a-z 0-9 -`, values of printable ASCII, 2 KiB each and 4 KiB together. Default: none. */
  readonly metadata?: Readonly<Record<string, string>> | undefined;
  /** Up to 10 tags. Names and values are percent-encoded for you. Default: none. */
  readonly tagging?: Readonly<Record<string, string>> | undefined;
  /** `STANDARD`, `STANDARD_IA`, `INTELLIGENT_TIERING`, `ARCHIVE`, `DEEP_ARCHIVE`, or one of them with `MAZ_`. Default: COS's, `STANDARD`. */
  readonly storageClass?: string | undefined;
  /** `default` (as the bucket), `private` or `public-read`. Default: COS's, `default`. */
  readonly acl?: string | undefined;
  /** Who may do what with the object. Default: nobody else. */
  readonly grants?: Grants | undefined;
  /** Fail with `FileAlreadyExists` if the object exists. COS ignores it in buckets that have or had versioning. Default false. */
  readonly forbidOverwrite?: boolean | undefined;
}

/** Who may do what with an object. Each value is a list of accounts, such as `id="100000000001",id="100000000002"`. */
export interface Grants {
  /** `x-cos-grant-read`: who may read the object. */
  readonly read?: string | undefined;
  /** `x-cos-grant-read-acp`: who may read its access control list. */
  readonly readAcp?: string | undefined;
  /** `x-cos-grant-write-acp`: who may write its access control list. */
  readonly writeAcp?: string | undefined;
  /** `x-cos-grant-full-control`: who may do all of this. */
  readonly fullControl?: string | undefined;
}

/**
 * @see https://intl.cloud.tencent.com/document/product/436/7746 (Initiate Multipart Upload)
 */
export function objectHeaders(attributes: ObjectAttributes): Record<string, string> {
  const { expires, metadata = {}, tagging, grants = {}, forbidOverwrite } = attributes;
  const meta = Object.entries(metadata).map(([name, value]) => [
    `${HEADER.metadataPrefix}${name.toLowerCase()}`,
    value,
  ]);
  return {
    ...defined({
      "Content-Type": attributes.contentType,
      "Cache-Control": attributes.cacheControl,
      "Content-Disposition": attributes.contentDisposition,
      "Content-Encoding": attributes.contentEncoding,
      "Content-Language": attributes.contentLanguage,
      Expires: expires instanceof Date ? expires.toUTCString() : expires,
      [HEADER.storageClass]: attributes.storageClass,
      [HEADER.acl]: attributes.acl,
      [HEADER.grantRead]: grants.read,
      [HEADER.grantReadAcp]: grants.readAcp,
      [HEADER.grantWriteAcp]: grants.writeAcp,
      [HEADER.grantFullControl]: grants.fullControl,
      [HEADER.tagging]: tagging && taggingHeader(tagging),
    }),
    ...forbidOverwriteHeader(forbidOverwrite),
    ...Object.fromEntries(meta),
  };
}

export function forbidOverwriteHeader(forbidOverwrite: boolean | undefined): Record<string, string> {
  return forbidOverwrite === true ? { [HEADER.forbidOverwrite]: "true" } : {};
}

function taggingHeader(tagging: Readonly<Record<string, string>>): string {
  return Object.entries(tagging)
    .map(([name, value]) => `${urlEncode(name)}=${urlEncode(value)}`)
    .join("&");
}
