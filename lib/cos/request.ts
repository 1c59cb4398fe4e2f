import type { HttpRequest } from "../http/transport.ts";
import { KIB, MIB } from "../limits.ts";

/** The operations of COS that this library speaks, by their names in COS's documents. */
export type Operation =
  | "InitiateMultipartUpload"
  | "UploadPart"
  | "CompleteMultipartUpload"
  | "AbortMultipartUpload"
  | "ListParts"
  | "ListMultipartUploads"
  | "PutObject"
  | "HeadObject";

/** A request to COS as a value: what is asked, before host, time and signature are added. */
export interface CosRequest {
  readonly operation: Operation;
  readonly method: HttpRequest["method"];
  /** The object key as given; empty for the bucket itself. */
  readonly key: string;
  /** Decoded. */
  readonly query: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: readonly Uint8Array[];
  readonly uploadId?: string | undefined;
  readonly partNumber?: number | undefined;
}

/** An answer without a listing is short; a page of 1,000 of the longest keys, percent-encoded, has 3 MiB. */
export const MAX_ANSWER_BYTES: number = 256 * KIB;
export const MAX_LISTING_BYTES: number = 4 * MIB;

/** Drops what is undefined. */
export function defined(values: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(values).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}
