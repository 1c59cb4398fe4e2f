import type { Operation } from "../operation.ts";

/** What goes wrong with a request. */
export type Fault =
  /** Waits, then goes on as ever. */
  | { readonly kind: "latency"; readonly milliseconds: number }
  /** Reads the body no faster than this. */
  | { readonly kind: "throttle"; readonly bytesPerSecond: number }
  /** Resets the connection (RST) once so many body bytes were read, or at the body's end. Nothing is stored. */
  | { readonly kind: "reset"; readonly afterBytes?: number }
  /** Ends the answering side of the connection (FIN) without an answer, once so many body bytes were read. Nothing is stored. */
  | { readonly kind: "half-close"; readonly afterBytes?: number }
  | ErrorFault
  | ForeignAnswerFault
  /** Answers an ETag that is not the one stored. */
  | { readonly kind: "wrong-etag" }
  | { readonly kind: "no-etag" }
  | { readonly kind: "wrong-crc64" }
  | { readonly kind: "no-crc64" }
  /**
   * Sends the status and about half of the answer's body, then ends the connection. The operation is really done, unless
   * `committed` is false (Complete only).
   */
  | { readonly kind: "truncated-answer"; readonly committed?: boolean }
  /** Complete answers 200, whitespace and `<Error>`; the upload stays as it was. */
  | { readonly kind: "error-in-200"; readonly code: string; readonly message?: string }
  /** The operation is really done, then the connection is reset before any byte of the answer. */
  | { readonly kind: "lost-answer" }
  /** The request is judged, and its answer dated, by a clock that is off by this much. */
  | { readonly kind: "clock-skew"; readonly milliseconds: number }
  /** 400 ExpiredToken. */
  | { readonly kind: "expired-token" }
  /**
   * `request`: nothing is done, and no byte of the body is taken for a second; then up to 64 MiB are, to see a client leave that
   * sent them. `answer`: the operation is really done, but not answered. Until the client leaves, or the rule is removed: then
   * the request goes on, under the next rule that matches it, or its answer is sent.
   */
  | { readonly kind: "stall"; readonly where: "request" | "answer" };

/** Answers with any status; nothing is stored. */
export interface ErrorFault {
  readonly kind: "error";
  readonly statusCode: number;
  /** `Code` of the XML body. Default `InternalError`. */
  readonly code?: string;
  readonly message?: string;
  /** Further headers, or others in place of the usual ones. */
  readonly headers?: Readonly<Record<string, string>>;
  /** The body in place of COS's XML. */
  readonly body?: string;
  /** Of `body`. Default `application/xml`. */
  readonly contentType?: string;
  /** False leaves out every header that shows COS itself answered, which makes SDKs switch hosts. Default true. */
  readonly requestId?: boolean;
  /** True answers before the body is read. Default false. */
  readonly early?: boolean;
}

/** Something else answers in COS's place, as a proxy or a captive portal does: any status, a page, and none of COS's headers. */
export interface ForeignAnswerFault {
  readonly kind: "foreign-answer";
  readonly statusCode: number;
  /** Whether COS does what the request asks for; its own answer is lost then. Default false: the request never reaches COS. */
  readonly carriedOut?: boolean;
  /** Further headers, such as the `Location` of a redirect. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Default: a short page. */
  readonly body?: string;
  /** Of `body`. Default `text/html`. */
  readonly contentType?: string;
}

/** Which requests a fault hits, and which of those. All that is given must match. */
export interface FaultRuleOptions {
  readonly operation?: Operation | readonly Operation[];
  readonly key?: string;
  readonly partNumber?: number;
  readonly method?: string;
  /** Matching requests that are let through first. Default 0. */
  readonly skip?: number;
  /** Matching requests that are hit then; `Infinity` for all. Default 1. */
  readonly times?: number;
  readonly fault: Fault;
}

/** A rule in force. */
export interface FaultRule {
  readonly options: FaultRuleOptions;
  /** Requests hit so far. */
  readonly hits: number;
  /** Requests that the rule stalls go on. */
  remove(): void;
}

/** The rules, asked in their order: the first that matches and has times left applies. */
export interface FaultScript {
  readonly rules: readonly FaultRule[];
  /** @throws a `TypeError` or `RangeError` with code `ERR_COS_INVALID_OPTION` if the rule makes no sense */
  add(options: FaultRuleOptions): FaultRule;
  clear(): void;
}

/** The operations a kind can hit, where not all of them. */
export const APPLIES_TO: Partial<Record<Fault["kind"], readonly Operation[]>> = {
  "wrong-etag": ["UploadPart", "PutObject", "CompleteMultipartUpload", "GetObject", "HeadObject"],
  "no-etag": ["UploadPart", "PutObject", "CompleteMultipartUpload", "GetObject", "HeadObject"],
  "wrong-crc64": ["UploadPart", "PutObject", "CompleteMultipartUpload", "GetObject", "HeadObject"],
  "no-crc64": ["UploadPart", "PutObject", "CompleteMultipartUpload", "GetObject", "HeadObject"],
  "error-in-200": ["CompleteMultipartUpload"],
};
