import { trafficLimit } from "../body.ts";
import { CosError, noSuchKey } from "../cos-error.ts";
import { checkReadKey, encryptionHeaders } from "../encryption.ts";
import type { Exchange } from "../exchange.ts";
import type { Reply } from "../reply.ts";
import type { ByteRange } from "../store/read-files.ts";
import type { ObjectRecord } from "../store/records.ts";

/** Parameters of a GET that set headers of the answer. */
const OVERRIDES: Readonly<Record<string, string>> = {
  "response-content-type": "Content-Type",
  "response-content-language": "Content-Language",
  "response-expires": "Expires",
  "response-cache-control": "Cache-Control",
  "response-content-disposition": "Content-Disposition",
  "response-content-encoding": "Content-Encoding",
};

/**
 * Get Object and Head Object.
 *
 * @see https://intl.cloud.tencent.com/document/product/436/7753
 */
export async function getObject(exchange: Exchange): Promise<Reply> {
  const { store, target } = exchange;
  const object = store.object(target.bucket, target.key);
  if (!object) throw noSuchKey();
  checkReadKey(exchange, object.encryption);
  trafficLimit(exchange);
  const headers = { ...objectHeaders(object), ...overrides(exchange) };
  if (isUnchanged(exchange, object)) return { status: 304, headers };
  const range = requestedRange(exchange.header("range"), object.size);
  const { start, end } = range ?? { start: 0, end: object.size - 1 };
  return {
    status: range ? 206 : 200,
    headers: range ? { ...headers, "Content-Range": `bytes ${start}-${end}/${object.size}` } : headers,
    stream: { length: end - start + 1, open: () => store.read(object, { start, end }) },
  };
}

/** The headers of an object in the answers to Get and Head. */
export function objectHeaders(object: ObjectRecord): Record<string, string> {
  return {
    ...object.headers,
    "Accept-Ranges": "bytes",
    ETag: `"${object.etag}"`,
    "Last-Modified": new Date(object.lastModified).toUTCString(),
    "x-cos-hash-crc64ecma": object.crc64,
    ...(object.storageClass === "STANDARD" ? {} : { "x-cos-storage-class": object.storageClass }),
    ...encryptionHeaders(object.encryption),
  };
}

function overrides(exchange: Exchange): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [parameter, name] of Object.entries(OVERRIDES)) {
    const value = exchange.parameter(parameter);
    if (value !== undefined && /^[\t\x20-\x7e]+$/.test(value)) headers[name] = value;
  }
  return headers;
}

/** @throws {CosError} 412 PreconditionFailed */
function isUnchanged(exchange: Exchange, object: ObjectRecord): boolean {
  const isNamedBy = (list: string): boolean =>
    list.split(",").some((tag) => ["*", object.etag].includes(tag.trim().replace(/^"(.*)"$/, "$1")));
  const match = exchange.header("if-match");
  if (match !== undefined && !isNamedBy(match)) {
    throw new CosError(412, "PreconditionFailed", "Precondition Failed");
  }
  const noneMatch = exchange.header("if-none-match");
  return noneMatch !== undefined && isNamedBy(noneMatch);
}

/** One range of bytes. Any other header is ignored, as RFC 9110, section 14.2 says. */
function requestedRange(header: string | undefined, size: number): ByteRange | undefined {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header ?? "");
  if (!match || (match[1] === "" && match[2] === "")) return undefined;
  const [first, last] = [match[1] ?? "", match[2] ?? ""];
  if (first !== "" && last !== "" && Number(last) < Number(first)) return undefined;
  const start = first === "" ? Math.max(size - Number(last), 0) : Number(first);
  const end = first === "" || last === "" ? size - 1 : Math.min(Number(last), size - 1);
  if (start < size) return { start, end };
  throw new CosError(416, "InvalidRange", "The requested range is not satisfiable", {
    headers: { "Content-Range": `bytes */${size}` },
  });
}
