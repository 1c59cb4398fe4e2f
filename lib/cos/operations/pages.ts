import { badResponse, type CosAnswer } from "../answers/response.ts";
import { textOf, type XmlElement } from "../answers/xml.ts";
import type { Connection } from "../connection.ts";
import { type CallContext, execute } from "../execute.ts";
import type { CosRequest } from "../request.ts";

/** Pages in a row that may list nothing, though each says that more follow. */
const MAX_EMPTY_PAGES = 20;

/** One page of a listing. */
export interface Page<Item, Marker> {
  readonly items: readonly Item[];
  /** After which the next page begins; undefined on the last page. */
  readonly next: Marker | undefined;
}

/** A listing that COS gives page by page. */
export interface Listing<Item, Marker> {
  /** @param marker Undefined for the first page. */
  request(marker: Marker | undefined): CosRequest;
  /** Reads an answer. Its errors are those of the attempt. */
  read(response: CosAnswer, request: CosRequest, marker: Marker | undefined): Page<Item, Marker>;
  /** Whether a marker comes after another in the order of the listing. */
  isAfter(marker: Marker, previous: Marker): boolean;
  /** A marker as an error shows it. */
  show(marker: Marker): string;
}

/**
 * The pages of a listing as they are asked for.
 *
 * Markers only ascend, and pages list something, so that a server whose markers repeat, go back or run in a circle is found out at
 * once, and is not asked for ever.
 *
 * @throws CosUploadError `ERR_COS_BAD_RESPONSE`
 */
export async function* pagesOf<Item, Marker>(
  connection: Connection,
  listing: Listing<Item, Marker>,
  context: CallContext,
): AsyncGenerator<readonly Item[], void, undefined> {
  let marker: Marker | undefined;
  let emptyPages = 0;
  do {
    const request = listing.request(marker);
    const previous: Marker | undefined = marker;
    const read = (response: CosAnswer): Page<Item, Marker> => {
      const page = listing.read(response, request, previous);
      const flaw = flawOf(page, previous, listing, emptyPages);
      if (flaw !== undefined) throw badResponse(response, request, flaw);
      return page;
    };
    const { value } = await execute(connection, request, read, context);
    emptyPages = value.items.length === 0 ? emptyPages + 1 : 0;
    yield value.items;
    marker = value.next;
  } while (marker !== undefined);
}

function flawOf<Item, Marker>(
  { items, next }: Page<Item, Marker>,
  previous: Marker | undefined,
  { isAfter, show }: Listing<Item, Marker>,
  emptyPages: number,
): string | undefined {
  if (next === undefined) return undefined;
  if (previous !== undefined && !isAfter(next, previous)) {
    return `its next marker is ${show(next)}, which does not come after the request's marker ${show(previous)}`;
  }
  if (items.length === 0 && emptyPages >= MAX_EMPTY_PAGES) {
    return `it lists nothing, as the ${MAX_EMPTY_PAGES} pages before it, and says that more follow`;
  }
  return undefined;
}

/** Whether more pages follow. */
export function isTruncated(answer: XmlElement): boolean {
  return textOf(answer, "IsTruncated")?.toLowerCase() === "true";
}
