import { MAX_PARTS } from "../../limits.ts";
import { badResponse, type CosAnswer, requiredInteger, xmlAnswer } from "../answers/response.ts";
import { listOf, textOf, type XmlElement } from "../answers/xml.ts";
import type { Connection } from "../connection.ts";
import type { CallContext } from "../execute.ts";
import type { CosRequest } from "../request.ts";
import { isTruncated, type Listing, type Page, pagesOf } from "./pages.ts";

/** Parameters of `listParts`. */
export interface ListPartsParams {
  /** Key of the upload, 1 to 850 bytes in UTF-8. */
  readonly key: string;
  /** The upload whose parts are listed. */
  readonly uploadId: string;
  /** Parts in one answer of COS, 1 to 1,000. Default 1,000, which needs the fewest requests. */
  readonly maxParts?: number | undefined;
}

/** A part that COS has. */
export interface ListedPart {
  /** From 1. */
  readonly partNumber: number;
  /** ETag, quotes included. Without SSE-KMS and SSE-C it is the MD5 of the part, in hex. */
  readonly etag: string;
  /** In bytes. */
  readonly size: number;
  /** When COS got it, in ISO 8601. */
  readonly lastModified: string;
  /** CRC64 of the part, an unsigned decimal, if the listing has it. */
  readonly crc64?: string | undefined;
}

/**
 * @see https://intl.cloud.tencent.com/document/product/436/7747 (List Parts)
 */
export function listPartsRequest({ key, uploadId, maxParts }: ListPartsParams, marker = 0): CosRequest {
  return {
    operation: "ListParts",
    method: "GET",
    key,
    query: {
      uploadId,
      "encoding-type": "url",
      ...(maxParts !== undefined && { "max-parts": String(maxParts) }),
      ...(marker > 0 && { "part-number-marker": String(marker) }),
    },
    headers: {},
    body: [],
    uploadId,
  };
}

/** The parts of an upload in ascending order, page by page as they are asked for. */
export async function* listParts(
  connection: Connection,
  params: ListPartsParams,
  context: CallContext,
): AsyncGenerator<ListedPart, void, undefined> {
  const listing: Listing<ListedPart, number> = {
    request: (marker) => listPartsRequest(params, marker),
    read: readPage,
    isAfter: (marker, previous) => marker > previous,
    show: String,
  };
  for await (const parts of pagesOf(connection, listing, context)) yield* parts;
}

function readPage(response: CosAnswer, request: CosRequest, marker = 0): Page<ListedPart, number> {
  const answer = xmlAnswer(response, request, "ListPartsResult");
  const numberOf = (element: XmlElement, name: string): number =>
    requiredInteger(textOf(element, name), name, response, request);
  let last = marker;
  const items = listOf(answer, "Part").map((part) => {
    const partNumber = numberOf(part, "PartNumber");
    if (partNumber <= last || partNumber > MAX_PARTS) {
      throw badResponse(
        response,
        request,
        `it lists part number ${partNumber} after ${last}: they ascend, up to ${MAX_PARTS}`,
      );
    }
    last = partNumber;
    return {
      partNumber,
      etag: textOf(part, "ETag") ?? "",
      size: numberOf(part, "Size"),
      lastModified: textOf(part, "LastModified") ?? "",
      crc64: textOf(part, "CRC64"),
    };
  });
  const next = isTruncated(answer) ? numberOf(answer, "NextPartNumberMarker") : undefined;
  if (next !== undefined && next > MAX_PARTS) {
    throw badResponse(response, request, `its next marker is ${next}, and part numbers end at ${MAX_PARTS}`);
  }
  return { items, next };
}
