import { requiredInteger } from "../answers/response.ts";
import type { Connection } from "../connection.ts";
import { type CallContext, execute } from "../execute.ts";
import { customerKeyHeaders, type ServerSideEncryption } from "../parameters/encryption.ts";
import type { CosRequest } from "../request.ts";

export interface HeadObjectParams {
  readonly key: string;
  readonly versionId?: string | undefined;
  /** An object under SSE-C is shown only to who has its key. */
  readonly serverSideEncryption?: ServerSideEncryption | undefined;
}

export interface HeadObjectResult {
  readonly key: string;
  readonly size: number;
  readonly etag: string;
  /** Absent for very old objects. */
  readonly crc64?: string | undefined;
  readonly lastModified?: string | undefined;
  readonly contentType?: string | undefined;
  /** `STANDARD` where COS names none. */
  readonly storageClass: string;
  readonly versionId?: string | undefined;
  /** `x-cos-meta-*`, without the prefix. */
  readonly metadata: Readonly<Record<string, string>>;
  /** All headers of the answer, names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
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
      size: requiredInteger(response.headers["content-length"], "Content-Length", response, request),
    }),
    context,
  );
  const { headers, size } = value;
  const prefix = "x-cos-meta-";
  const metadata = Object.entries(headers)
    .filter(([name]) => name.startsWith(prefix))
    .map(([name, value]) => [name.slice(prefix.length), value]);
  return {
    key: params.key,
    size,
    etag: headers.etag ?? "",
    crc64: headers["x-cos-hash-crc64ecma"],
    lastModified: headers["last-modified"],
    contentType: headers["content-type"],
    storageClass: headers["x-cos-storage-class"] ?? "STANDARD",
    versionId: headers["x-cos-version-id"],
    metadata: Object.fromEntries(metadata),
    headers,
    requestId: headers["x-cos-request-id"] ?? "",
  };
}
