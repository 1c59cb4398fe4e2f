import type { IncomingMessage } from "node:http";
import { MAX_KEY_BYTES } from "../limits.ts";
import { CosError } from "./cos-error.ts";
import { BUCKET_NAME } from "./options.ts";
import { percentDecode } from "./percent-encoding.ts";
import type { Pair } from "./signature.ts";

/** Where a request goes, as far as it could be understood. */
export interface Target {
  /** The path and query as on the wire, without the authority of an absolute-form target. */
  readonly path: string;
  /** The authority that counts: of an absolute-form target, else the Host header. */
  readonly host: string;
  readonly bucket: string;
  readonly key: string;
  readonly query: readonly Pair[];
  /** Why it could not be understood. */
  readonly problem: CosError | undefined;
}

/**
 * Splits a request target. The key is the decoded rest of the path after its first `/`, never normalised:
 * `a/../b`, `a//b` and `%2e%2e` are keys of their own.
 */
export function parseTarget(request: IncomingMessage, defaultBucket: string): Target {
  const raw = request.url ?? "/";
  // A proxy client sends the absolute form; its authority replaces the Host header (RFC 9112 section 3.2.2).
  const absolute = /^https?:\/\/([^/?#]*)(.*)$/is.exec(raw);
  const host = absolute?.[1] ?? request.headers.host ?? "";
  const rest = absolute ? (absolute[2] ?? "") : raw;
  const path = rest.startsWith("/") ? rest : `/${rest}`;
  const mark = path.indexOf("?");
  try {
    const key = percentDecode(path.slice(1, mark < 0 ? undefined : mark));
    const query = mark < 0 ? [] : parseQuery(path.slice(mark + 1));
    const found = { path, host, key, query };
    try {
      if (raw === "*") throw new CosError(400, "InvalidURI", "The request target names no resource.");
      const bucket = bucketOf(host, defaultBucket);
      checkKey(key);
      return { ...found, bucket, problem: undefined };
    } catch (error) {
      if (!(error instanceof CosError)) throw error;
      return { ...found, bucket: defaultBucket, problem: error };
    }
  } catch (error) {
    if (!(error instanceof URIError)) throw error;
    const problem = new CosError(400, "InvalidURI", `Could not parse the specified URI: ${error.message}.`);
    return { path, host, bucket: defaultBucket, key: "", query: [], problem };
  }
}

function parseQuery(text: string): Pair[] {
  return text
    .split("&")
    .filter((field) => field !== "")
    .map((field) => {
      const at = field.indexOf("=");
      return at < 0
        ? [percentDecode(field), ""]
        : [percentDecode(field.slice(0, at)), percentDecode(field.slice(at + 1))];
    });
}

/** @see https://intl.cloud.tencent.com/document/product/436/6224 (Regions and Access Endpoints) */
function bucketOf(host: string, defaultBucket: string): string {
  const name = host.toLowerCase().replace(/:\d*$/, "");
  if (/^cos(?:-internal)?\.[a-z0-9-]+\.(?:myqcloud\.com|tencentcos\.cn)$/.test(name)) {
    throw new CosError(
      403,
      "PathStyleDomainForbidden",
      "The bucket you are attempting to access must be addressed using COS virtual-styled domain.",
    );
  }
  const match = /^(.+?)\.cos(?:-internal)?\.[a-z0-9.-]+$/.exec(name);
  if (!match) return defaultBucket;
  const bucket = match[1] ?? "";
  if (!BUCKET_NAME.test(bucket)) {
    throw new CosError(400, "InvalidBucketName", "The specified bucket is not valid.");
  }
  return bucket;
}

/** @see https://intl.cloud.tencent.com/document/product/436/13324 (Object naming) */
function checkKey(key: string): void {
  if (Buffer.byteLength(key) > MAX_KEY_BYTES) {
    throw new CosError(400, "KeyTooLong", `Your key is longer than ${MAX_KEY_BYTES} bytes.`);
  }
  if (/^[/\\]|[\x18-\x1b]/.test(key)) {
    throw new CosError(400, "InvalidObjectName", "The specified object name is not valid.");
  }
}
