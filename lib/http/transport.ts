import type { AttemptLimits } from "./attempt-watch.ts";

/** One HTTP request, exactly as it is sent: nothing is encoded, normalised or added later. */
export interface HttpRequest {
  readonly method: "GET" | "HEAD" | "PUT" | "POST" | "DELETE";
  /** `https://host[:port]`. */
  readonly origin: string;
  /** Path and query, percent-encoded. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** The body in pieces. They do not change until `send` has ended, and are not used after it. */
  readonly body: readonly Uint8Array[];
  /** Most bytes of an answer that are read. */
  readonly maxResponseBytes: number;
}

/** A complete HTTP answer. */
export interface HttpResponse {
  readonly statusCode: number;
  /** Names in lower case; repeated headers joined by `, `. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** What an attempt is bounded by, and who hears of its progress. */
export interface SendOptions {
  /** Ends the attempt. `send` rejects with the reason of the signal. */
  readonly signal: AbortSignal;
  /** When the attempt is given up with `ERR_COS_TIMEOUT`. Its time begins when it has a connection. */
  readonly limits: AttemptLimits;
  /** Lets the body's bytes go at a rate. */
  readonly pace?: Pace | undefined;
  /** Body bytes handed to the socket so far, in this attempt. */
  readonly onSent?: (bytes: number) => void;
  /** The last byte of the request is about to be sent: from now on the server may carry it out. */
  readonly onFullySent?: () => void;
  /** Called with the headers of the answer when they arrive; its body may never arrive. */
  readonly onHeaders?: (headers: HttpResponse["headers"]) => void;
}

/** How fast bytes may go. */
export interface Pace {
  /** Most bytes to ask for at a time. */
  readonly grant: number;
  /** Resolves when so many bytes may go. */
  take(bytes: number, signal: AbortSignal): Promise<void>;
}

/** Makes one attempt at one request. It knows nothing about retries, signatures and the meaning of answers. */
export interface Transport {
  send(request: HttpRequest, options: SendOptions): Promise<HttpResponse>;
  /** Waits for the running requests, then closes the sockets, if they are ours. */
  close(): Promise<void>;
  /** Closes the sockets immediately, if they are ours. Used when nothing is running. */
  destroy(): Promise<void>;
}
