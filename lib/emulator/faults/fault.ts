import type { Operation } from "../operation.ts";

/** What goes wrong with a request: one of these kinds. docs/emulator.md has them in a table. */
export type Fault =
  /** The request waits, then it is answered as usual. */
  | { readonly kind: "latency"; readonly milliseconds: number }
  /** The body is read at most so fast. */
  | { readonly kind: "throttle"; readonly bytesPerSecond: number }
  /** The connection is reset (RST) after so many bytes of the body; by default at its end. Nothing is stored. */
  | { readonly kind: "reset"; readonly afterBytes?: number }
  /** The server ends its side of the connection (FIN) without an answer, after so many bytes of the body. Nothing is stored. */
  | { readonly kind: "half-close"; readonly afterBytes?: number }
  | ErrorFault
  | ForeignAnswerFault
  /** The answer has another ETag than the one that is stored. */
  | { readonly kind: "wrong-etag" }
  /** The answer has no ETag. */
  | { readonly kind: "no-etag" }
  /** The answer has another CRC64 than the one that is stored. */
  | { readonly kind: "wrong-crc64" }
  /** The answer has no CRC64. */
  | { readonly kind: "no-crc64" }
  /**
   * The answer ends after its status and about half of its body. The operation is done, unless `committed` is false (Complete Multipart
   * Upload only).
   */
  | { readonly kind: "truncated-answer"; readonly committed?: boolean }
  /** Complete Multipart Upload answers 200, whitespace and `<Error>`. The upload stays as it was. */
  | { readonly kind: "error-in-200"; readonly code: string; readonly message?: string }
  /** The operation is done, then the connection is reset before the first byte of the answer. */
  | { readonly kind: "lost-answer" }
  /** The request is checked, and its answer dated, with a clock that is wrong by so much. */
  | { readonly kind: "clock-skew"; readonly milliseconds: number }
  /** The answer is 400 `ExpiredToken`. */
  | { readonly kind: "expired-token" }
  /**
   * No answer, until the client leaves or the rule is removed. `request`: nothing is done, and the body is not read for a second (then up to
   * 64 MiB of it are, to notice a client that leaves). `answer`: the operation is done, but not answered. When the rule is removed, the
   * request continues under the next rule that matches it, or its answer is sent.
   */
  | { readonly kind: "stall"; readonly where: "request" | "answer" };

/** An error answer with any status. Nothing is stored. */
export interface ErrorFault {
  /** The kind of the fault. */
  readonly kind: "error";
  /** Status of the answer. */
  readonly statusCode: number;
  /** `Code` in the XML of the answer. Default `InternalError`. */
  readonly code?: string;
  /** `Message` in the XML of the answer. Default: one that fits. */
  readonly message?: string;
  /** Further headers, or other values of the usual ones. Default: none. */
  readonly headers?: Readonly<Record<string, string>>;
  /** A body instead of COS's XML. Default: COS's XML. */
  readonly body?: string;
  /** The `Content-Type` of `body`. Default `application/xml`. */
  readonly contentType?: string;
  /** Whether the answer has the headers which show that COS itself answered. Without them, SDKs try another host. Default true. */
  readonly requestId?: boolean;
  /** Whether the answer is sent before the body of the request is read. Default false. */
  readonly early?: boolean;
}

/** Something else answers instead of COS, such as a proxy or a captive portal: with any status, a page, and none of COS's headers. */
export interface ForeignAnswerFault {
  /** The kind of the fault. */
  readonly kind: "foreign-answer";
  /** Status of the answer. */
  readonly statusCode: number;
  /** Whether COS does what the request asks for, and its own answer is lost. Default false: the request never reaches COS. */
  readonly carriedOut?: boolean;
  /** Further headers, such as the `Location` of a redirect. Default: none. */
  readonly headers?: Readonly<Record<string, string>>;
  /** The body. Default: a short page. */
  readonly body?: string;
  /** The `Content-Type` of `body`. Default `text/html`. */
  readonly contentType?: string;
}

/** A rule: which requests it hits, and what happens to them. All conditions that are given must match. */
export interface FaultRuleOptions {
  /** Only requests of this operation, or of one of these. Default: all. */
  readonly operation?: Operation | readonly Operation[];
  /** Only requests about this key. Default: all. */
  readonly key?: string;
  /** Only requests about this part, 1 to 10,000. Default: all. */
  readonly partNumber?: number;
  /** Only requests of this HTTP method. Default: all. */
  readonly method?: string;
  /** How many matching requests pass first. Default 0. */
  readonly skip?: number;
  /** How many matching requests are hit after that; `Infinity` for all. Default 1. */
  readonly times?: number;
  /** What happens to them. */
  readonly fault: Fault;
}

/** A rule that was added. */
export interface FaultRule {
  /** The rule, as it was given. */
  readonly options: FaultRuleOptions;
  /** How many requests it has hit so far. */
  readonly hits: number;
  /** Removes the rule. Requests that it stalls continue. */
  remove(): void;
}

/** The rules of an emulator. For each request, the first rule that matches and has not hit `times` requests yet is used. */
export interface FaultScript {
  /** The rules, in the order in which they were added. */
  readonly rules: readonly FaultRule[];
  /**
   * Adds a rule after the others.
   *
   * @throws TypeError, RangeError `ERR_COS_INVALID_OPTION` for a rule that can hit nothing.
   */
  add(options: FaultRuleOptions): FaultRule;
  /** Removes all rules. Requests that they stall continue. */
  clear(): void;
}

/** The operations that a kind can hit; other kinds can hit all. */
export const APPLIES_TO: Partial<Record<Fault["kind"], readonly Operation[]>> = {
  "wrong-etag": ["UploadPart", "PutObject", "CompleteMultipartUpload", "GetObject", "HeadObject"],
  "no-etag": ["UploadPart", "PutObject", "CompleteMultipartUpload", "GetObject", "HeadObject"],
  "wrong-crc64": ["UploadPart", "PutObject", "CompleteMultipartUpload", "GetObject", "HeadObject"],
  "no-crc64": ["UploadPart", "PutObject", "CompleteMultipartUpload", "GetObject", "HeadObject"],
  "error-in-200": ["CompleteMultipartUpload"],
};
