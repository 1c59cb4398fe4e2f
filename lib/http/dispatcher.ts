import type { Readable } from "node:stream";

/** A request, as it is given to a {@link Dispatcher}. */
export interface DispatchedRequest {
  /** Scheme, host and port. */
  readonly origin: string;
  /** Path and query, percent-encoded. */
  readonly path: string;
  /** HTTP method. */
  readonly method: "GET" | "HEAD" | "PUT" | "POST" | "DELETE";
  /** All headers. */
  readonly headers: Record<string, string>;
  /** The body, or null if there is none. */
  readonly body: Readable | null;
  /** Ends the request. */
  readonly signal: AbortSignal;
  /** How long to wait for the headers of the answer, in milliseconds. 0: no limit; the library has its own deadline. */
  readonly headersTimeout: number;
  /** How long to wait between two pieces of the body of the answer, in milliseconds. 0: no limit; the library has its own deadline. */
  readonly bodyTimeout: number;
  /** How many redirects to follow: none, as the credentials of a request are for one host. */
  readonly maxRedirections: 0;
}

/** The answer of a {@link Dispatcher}. */
export interface DispatchedResponse {
  /** HTTP status. */
  readonly statusCode: number;
  /** The headers, their names in lower case. */
  readonly headers: Record<string, string | string[] | undefined>;
  /** The body. */
  readonly body: AsyncIterable<unknown>;
  /** What undici says of it beside: where it was redirected from, if it was. */
  readonly context?: unknown;
}

/**
 * The part of an undici `Dispatcher` that the library uses. An `Agent` or a `ProxyAgent` of undici 7 or 8 can be given, although the types of
 * the two versions differ.
 */
export interface Dispatcher {
  /** Only its presence is checked: this is how the library knows a dispatcher. */
  dispatch(...args: never[]): boolean;
  /** Sends a request. */
  request(request: DispatchedRequest): Promise<DispatchedResponse>;
}
