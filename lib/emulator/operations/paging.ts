import { invalidArgument } from "../cos-error.ts";
import type { Exchange } from "../exchange.ts";
import { percentEncode } from "../percent-encoding.ts";

/** COS lists at most this number of entries in one answer, even if more are requested. */
const MOST_ENTRIES = 1000;

/** Most entries of a page: a parameter from 0; 1,000 if it is missing or greater. */
export function requestedSize(exchange: Exchange, name: string): number {
  const value = exchange.parameter(name);
  if (value === undefined || value === "") return MOST_ENTRIES;
  if (!/^\d{1,9}$/.test(value)) throw invalidArgument(`${name} must be an integer from 0 to ${MOST_ENTRIES}`);
  return Math.min(Number(value), MOST_ENTRIES);
}

/** How keys are written in a listing. `encoding-type=url` keeps characters that XML cannot contain. */
export function keyWriter(exchange: Exchange): { type: string | undefined; write: (key: string) => string } {
  const type = exchange.parameter("encoding-type");
  if (type === undefined || type === "") return { type: undefined, write: (key) => key };
  if (type !== "url") throw invalidArgument("encoding-type must be url");
  return { type, write: (key) => key.split("/").map(percentEncode).join("/") };
}

/** The order of keys in COS: by their UTF-8 bytes. */
export function compareKeys(left: string, right: string): number {
  return Buffer.compare(Buffer.from(left), Buffer.from(right));
}

/** An entry of a page: one item, or all keys that are equal up to a delimiter. */
export type PageEntry<Item> = { readonly item: Item } | { readonly commonPrefix: string };

export interface Page<Item> {
  readonly entries: readonly PageEntry<Item>[];
  readonly truncated: boolean;
  /** The last item that is in the page, by itself or in a common prefix. */
  readonly last: Item | undefined;
}

/** Takes a page from sorted items. Keys that are equal up to the delimiter become one entry. */
export function cutPage<Item extends { readonly key: string }>(
  items: readonly Item[],
  size: number,
  prefix: string,
  delimiter: string,
): Page<Item> {
  const entries: PageEntry<Item>[] = [];
  let folded: string | undefined;
  let last: Item | undefined;
  for (const item of items) {
    if (!item.key.startsWith(prefix)) continue;
    if (folded !== undefined && item.key.startsWith(folded)) {
      last = item;
      continue;
    }
    if (entries.length >= size) return { entries, truncated: size > 0, last };
    const at = delimiter === "" ? -1 : item.key.indexOf(delimiter, prefix.length);
    folded = at < 0 ? undefined : item.key.slice(0, at + delimiter.length);
    entries.push(folded === undefined ? { item } : { commonPrefix: folded });
    last = item;
  }
  return { entries, truncated: false, last };
}
