import { type CosAnswer, required, xmlAnswer } from "../answers/response.ts";
import { listOf, textOf, type XmlElement } from "../answers/xml.ts";
import type { Connection } from "../connection.ts";
import type { CallContext } from "../execute.ts";
import type { CosRequest } from "../request.ts";
import { isTruncated, type Listing, type Page, pagesOf } from "./pages.ts";

/** Parameters of `listMultipartUploads`. */
export interface ListMultipartUploadsParams {
  /** Only uploads of keys that begin with this text. Default: all. */
  readonly prefix?: string | undefined;
  /** Uploads in one answer of COS, 1 to 1,000. Default 1,000, which needs the fewest requests. */
  readonly maxUploads?: number | undefined;
}

/** An upload that was begun, and neither completed nor aborted. */
export interface ListedUpload {
  /** Key of the object to be. */
  readonly key: string;
  /** Id of the upload. */
  readonly uploadId: string;
  /** When it was begun, in ISO 8601. */
  readonly initiated: string;
  /** Such as `STANDARD`. */
  readonly storageClass: string;
}

interface Marker {
  readonly key: string;
  readonly uploadId: string;
}

/**
 * @see https://intl.cloud.tencent.com/document/product/436/7736 (List Multipart Uploads)
 */
export function listMultipartUploadsRequest(params: ListMultipartUploadsParams, marker?: Marker): CosRequest {
  const { prefix, maxUploads } = params;
  return {
    operation: "ListMultipartUploads",
    method: "GET",
    key: "",
    query: {
      uploads: "",
      "encoding-type": "url",
      ...(prefix !== undefined && prefix !== "" && { prefix }),
      ...(maxUploads !== undefined && { "max-uploads": String(maxUploads) }),
      ...(marker && { "key-marker": marker.key, "upload-id-marker": marker.uploadId }),
    },
    headers: {},
    body: [],
  };
}

/** The bucket's unfinished uploads, page by page as they are asked for. */
export async function* listMultipartUploads(
  connection: Connection,
  params: ListMultipartUploadsParams,
  context: CallContext,
): AsyncGenerator<ListedUpload, void, undefined> {
  for await (const uploads of pagesOfUploads(connection, params, context)) yield* uploads;
}

/** The same as pages. */
export function pagesOfUploads(
  connection: Connection,
  params: ListMultipartUploadsParams,
  context: CallContext,
): AsyncGenerator<readonly ListedUpload[], void, undefined> {
  const listing: Listing<ListedUpload, Marker> = {
    request: (marker) => listMultipartUploadsRequest(params, marker),
    read: readPage,
    isAfter,
    show: ({ key, uploadId }) => `${JSON.stringify(key)} ${JSON.stringify(uploadId)}`,
  };
  return pagesOf(connection, listing, context);
}

function readPage(response: CosAnswer, request: CosRequest): Page<ListedUpload, Marker> {
  const answer = xmlAnswer(response, request, "ListMultipartUploadsResult");
  const encoded = textOf(answer, "EncodingType", "Encoding-Type", "Encoding-type") === "url";
  const keyOf = (element: XmlElement, name: string): string => {
    const key = required(textOf(element, name), name, response, request);
    return encoded ? decode(key) : key;
  };
  const items = listOf(answer, "Upload").map((upload) => ({
    key: keyOf(upload, "Key"),
    uploadId: required(textOf(upload, "UploadId", "UploadID"), "UploadId", response, request),
    initiated: textOf(upload, "Initiated") ?? "",
    storageClass: (textOf(upload, "StorageClass") ?? "STANDARD").toUpperCase(),
  }));
  const next = isTruncated(answer)
    ? { key: keyOf(answer, "NextKeyMarker"), uploadId: textOf(answer, "NextUploadIdMarker") ?? "" }
    : undefined;
  return { items, next };
}

/** COS's order: by the UTF-8 bytes of the keys, and of the upload IDs of one key. */
function isAfter(marker: Marker, previous: Marker): boolean {
  const order =
    Buffer.compare(Buffer.from(marker.key), Buffer.from(previous.key)) ||
    Buffer.compare(Buffer.from(marker.uploadId), Buffer.from(previous.uploadId));
  return order > 0;
}

function decode(key: string): string {
  try {
    return decodeURIComponent(key);
  } catch {
    return key;
  }
}
