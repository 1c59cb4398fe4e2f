import { badResponse, requiredInteger, xmlAnswer } from "../answers/response.ts";
import { listOf, textOf, type XmlElement } from "../answers/xml.ts";
import type { Connection } from "../connection.ts";
import { type CallContext, execute } from "../execute.ts";
import type { CosRequest } from "../request.ts";

export interface ListPartsParams {
  readonly key: string;
  readonly uploadId: string;
  /** Parts per request, 1 to 1,000 (COS's default). */
  readonly maxParts?: number | undefined;
}

/** A part that COS has. */
export interface ListedPart {
  readonly partNumber: number;
  /** Quotes included. */
  readonly etag: string;
  readonly size: number;
  readonly lastModified: string;
  /** Where the listing has it. */
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
  let marker: number | undefined = 0;
  while (marker !== undefined) {
    const request = listPartsRequest(params, marker);
    const previous: number = marker;
    const page = await execute(
      connection,
      request,
      (response) => {
        const answer = xmlAnswer(response, request, "ListPartsResult");
        const numberOf = (element: XmlElement, name: string): number =>
          requiredInteger(textOf(element, name), name, response, request);
        const parts = listOf(answer, "Part").map((part) => ({
          partNumber: numberOf(part, "PartNumber"),
          etag: textOf(part, "ETag") ?? "",
          size: numberOf(part, "Size"),
          lastModified: textOf(part, "LastModified") ?? "",
          crc64: textOf(part, "CRC64"),
        }));
        const truncated = textOf(answer, "IsTruncated")?.toLowerCase() === "true";
        const next = truncated ? numberOf(answer, "NextPartNumberMarker") : undefined;
        if (next !== undefined && next <= previous)
          throw badResponse(response, request, "its listing goes in a circle");
        return { parts, next };
      },
      context,
    );
    yield* page.value.parts;
    marker = page.value.next;
  }
}
