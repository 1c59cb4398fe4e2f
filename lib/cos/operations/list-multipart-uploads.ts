import { badResponse, required, xmlAnswer } from "../answers/response.ts";
import { listOf, textOf, type XmlElement } from "../answers/xml.ts";
import type { Connection } from "../connection.ts";
import { type CallContext, execute } from "../execute.ts";
import type { CosRequest } from "../request.ts";

export interface ListMultipartUploadsParams {
  /** Only keys that begin with it. */
  readonly prefix?: string | undefined;
  /** Uploads per request, 1 to 1,000 (COS's default). */
  readonly maxUploads?: number | undefined;
}

/** An upload that was begun and neither completed nor aborted. */
export interface ListedUpload {
  readonly key: string;
  readonly uploadId: string;
  /** ISO 8601. */
  readonly initiated: string;
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
  let marker: Marker | undefined;
  do {
    const request = listMultipartUploadsRequest(params, marker);
    const previous: Marker | undefined = marker;
    const page = await execute(
      connection,
      request,
      (response) => {
        const answer = xmlAnswer(response, request, "ListMultipartUploadsResult");
        const encoded = textOf(answer, "EncodingType", "Encoding-Type", "Encoding-type") === "url";
        const keyOf = (element: XmlElement, name: string): string =>
          decode(textOf(element, name) ?? "", encoded);
        const uploads = listOf(answer, "Upload").map((upload) => ({
          key: required(keyOf(upload, "Key"), "Key", response, request),
          uploadId: required(textOf(upload, "UploadId", "UploadID"), "UploadId", response, request),
          initiated: textOf(upload, "Initiated") ?? "",
          storageClass: (textOf(upload, "StorageClass") ?? "STANDARD").toUpperCase(),
        }));
        const truncated = textOf(answer, "IsTruncated")?.toLowerCase() === "true";
        const next = truncated
          ? { key: keyOf(answer, "NextKeyMarker"), uploadId: textOf(answer, "NextUploadIdMarker") ?? "" }
          : undefined;
        if (
          next &&
          (next.key === "" || (next.key === previous?.key && next.uploadId === previous.uploadId))
        ) {
          throw badResponse(response, request, "its listing goes in a circle");
        }
        return { uploads, next };
      },
      context,
    );
    yield* page.value.uploads;
    marker = page.value.next;
  } while (marker !== undefined);
}

function decode(key: string, encoded: boolean): string {
  if (!encoded) return key;
  try {
    return decodeURIComponent(key);
  } catch {
    return key;
  }
}
