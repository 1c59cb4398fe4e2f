import type { Readable } from "node:stream";

/** A request as a {@link Dispatcher} takes it. */
export interface DispatchedRequest {
  readonly origin: string;
  readonly path: string;
  readonly method: "GET" | "HEAD" | "PUT" | "POST" | "DELETE";
  readonly headers: Record<string, string>;
  readonly body: Readable | null;
  readonly signal: AbortSignal;
  /** Milliseconds; 0 is none. */
  readonly headersTimeout: number;
  readonly bodyTimeout: number;
}

/** Its answer. */
export interface DispatchedResponse {
  readonly statusCode: number;
  readonly headers: Record<string, string | string[] | undefined>;
  readonly body: AsyncIterable<unknown>;
}

/** What is used of a Dispatcher of undici, such as an `Agent` or a `ProxyAgent`: of version 7 or 8, whose own types differ. */
export interface Dispatcher {
  dispatch(...args: never[]): boolean;
  request(request: DispatchedRequest): Promise<DispatchedResponse>;
}
