import type { AttemptLimits } from "./attempt-watch.ts";

/** One HTTP request as it goes on the wire: nothing in it is encoded, normalised or added to any more. */
export interface HttpRequest {
  readonly method: "GET" | "HEAD" | "PUT" | "POST" | "DELETE";
  /** `https://host[:port]`. */
  readonly origin: string;
  /** Path and query, percent-encoded. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** The body in pieces. They stay unchanged until `send` settles, and are not used after it. */
  readonly body: readonly Uint8Array[];
  /** The longest answer body worth reading, in bytes. */
  readonly maxResponseBytes: number;
}

/** A whole HTTP answer. */
export interface HttpResponse {
  readonly statusCode: number;
  /** Names in lower case; repeated headers joined by `, `. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** What an attempt is bounded by, and who hears of its progress. */
export interface SendOptions {
  /** Ends the attempt; `send` rejects with the signal's reason. */
  readonly signal: AbortSignal;
  /** When the attempt is given up with `ERR_COS_TIMEOUT`. Its time begins when it has a connection. */
  readonly limits: AttemptLimits;
  /** Lets the body's bytes go at a rate. */
  readonly pace?: Pace | undefined;
  /** Body bytes handed to the socket so far, in this attempt. */
  readonly onSent?: (bytes: number) => void;
  /** The last byte of the request is about to be sent: from now on the server may carry it out. */
  readonly onFullySent?: () => void;
  /** The headers of the answer, as soon as they are there: its body may never be. */
  readonly onHeaders?: (headers: HttpResponse["headers"]) => void;
}

/** How fast bytes may go. */
export interface Pace {
  /** Most bytes to ask for at a time. */
  readonly grant: number;
  /** Resolves when so many bytes may go. */
  take(bytes: number, signal: AbortSignal): Promise<void>;
}

/** One attempt at one request. Retries, signatures and what an answer means are not its business. */
export interface Transport {
  send(request: HttpRequest, options: SendOptions): Promise<HttpResponse>;
  /** Waits for what is running, then closes the sockets, where they are ours. */
  close(): Promise<void>;
  /** Closes the sockets at once, where they are ours: for when nothing runs any more. */
  destroy(): Promise<void>;
}
