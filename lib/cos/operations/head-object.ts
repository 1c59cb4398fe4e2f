import { requiredInteger, requiredRequestId } from "../answers/response.ts";
import type { Connection } from "../connection.ts";
import { type CallContext, execute } from "../execute.ts";
import { HEADER } from "../headers.ts";
import { customerKeyHeaders, type ServerSideEncryption } from "../parameters/encryption.ts";
import type { CosRequest } from "../request.ts";

/** Parameters of `headObject`. */
export interface HeadObjectParams {
  /** Key of the object, 1 to 850 bytes in UTF-8. */
  readonly key: string;
  /** The version to look at. Default: the current one. */
  readonly versionId?: string | undefined;
  /** The key of an object under SSE-C: COS does not show the object without it. */
  readonly serverSideEncryption?: ServerSideEncryption | undefined;
}

/** Result of `headObject`. */
export interface HeadObjectResult {
  /** The key of the object. */
  readonly key: string;
  /** In bytes. */
  readonly size: number;
  /** ETag, quotes included. */
  readonly etag: string;
  /** CRC64 of the object, an unsigned decimal. Very old objects have none. */
  readonly crc64?: string | undefined;
  /** When the object was made, as an HTTP date. */
  readonly lastModified?: string | undefined;
  /** The `Content-Type` header. */
  readonly contentType?: string | undefined;
  /** Such as `STANDARD`, also if COS names none. */
  readonly storageClass: string;
  /** The version, if the bucket has versioning. */
  readonly versionId?: string | undefined;
  /** `x-cos-meta-*`, without this prefix. */
  readonly metadata: Readonly<Record<string, string>>;
  /** All headers of the answer, their names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** Id of the request at COS. */
  readonly requestId: string;
}

/**
 * @see https://intl.cloud.tencent.com/document/product/436/7745 (Head Object)
 */
export function headObjectRequest({ key, versionId, serverSideEncryption }: HeadObjectParams): CosRequest {
  return {
    operation: "HeadObject",
    method: "HEAD",
    key,
    query: versionId === undefined ? {} : { versionId },
    headers: customerKeyHeaders(serverSideEncryption),
    body: [],
  };
}

export async function headObject(
  connection: Connection,
  params: HeadObjectParams,
  context: CallContext,
): Promise<HeadObjectResult> {
  const request = headObjectRequest(params);
  const { value } = await execute(
    connection,
    request,
    (response) => ({
      headers: response.headers,
      requestId: requiredRequestId(response, request),
      size: requiredInteger(response.headers["content-length"], "Content-Length", response, request),
    }),
    context,
  );
  const { headers, size, requestId } = value;
  const prefix = HEADER.metadataPrefix;
  const metadata = Object.entries(headers)
    .filter(([name]) => name.startsWith(prefix))
    .map(([name, value]) => [name.slice(prefix.length), value]);
  return {
    key: params.key,
    size,
    etag: headers.etag ?? "",
    crc64: headers[HEADER.crc64],
    lastModified: headers["last-modified"],
    contentType: headers["content-type"],
    storageClass: headers[HEADER.storageClass] ?? "STANDARD",
    versionId: headers[HEADER.versionId],
    metadata: Object.fromEntries(metadata),
    headers,
    requestId,
  };
}
