import { types } from "node:util";
import { brand } from "./brand.ts";
import type { CosErrorCode } from "./error-codes.ts";
import { nextTick } from "./timers.ts";

/**
 * Whether the object exists, after an upload ended while COS was completing it. `unknown`: COS did not answer the question, or may
 * still complete an upload whose parts were to stay.
 */
export type Outcome = "completed" | "not-completed" | "unknown";

/** What a {@link CosUploadError} may have beside its message. */
export interface CosUploadErrorDetails {
  /** The error behind it. */
  readonly cause?: unknown;
  /** The multipart upload that failed, if there is one. */
  readonly uploadId?: string | undefined;
}

/**
 * The base class of this library's errors. Compare `code`, which is stable, not the message. `cause` is the error behind it, if there is
 * one. No error contains a secret.
 *
 * @example
 * ```ts
 * import { CosUploadError, createUploadStream } from "cos-upload-stream";
 *
 * const upload = createUploadStream({
 *   bucket: "examplebucket-1250000000",
 *   region: "ap-beijing",
 *   key: "report.txt",
 *   expectedSize: 10,
 * });
 * upload.end("too short");
 * try {
 *   await upload.done;
 * } catch (error) {
 *   if (!(error instanceof CosUploadError)) throw error;
 *   console.log(error.code); // prints ERR_COS_INTEGRITY
 * }
 * ```
 */
export class CosUploadError extends Error {
  static {
    brand(CosUploadError, "CosUploadError");
  }

  /** What happened. docs/errors.md has all codes, and what to do about each. */
  readonly code: CosErrorCode;
  /** The multipart upload that failed, if there is one. */
  uploadId?: string;
  /** COS's name of the request that failed, such as `UploadPart`, if a request failed. */
  operation?: string;
  /** The part that the request was about. */
  partNumber?: number;
  /** The host of the request; with its port, unless it is the default port of the scheme. */
  host?: string;
  /** Whether the object exists. Set if the upload failed while COS was completing it. */
  outcome?: Outcome;

  constructor(code: CosErrorCode, message: string, details: CosUploadErrorDetails = {}) {
    super(message, "cause" in details ? { cause: details.cause } : undefined);
    this.name = "CosUploadError";
    this.code = code;
    if (details.uploadId !== undefined) this.uploadId = details.uploadId;
  }
}

/** What COS answered with an error. */
export interface ServiceErrorDetails extends CosUploadErrorDetails {
  readonly statusCode: number;
  readonly operation: string;
  readonly requestId?: string | undefined;
  readonly traceId?: string | undefined;
  readonly resource?: string | undefined;
  readonly partNumber?: number | undefined;
  /** `Retry-After` in milliseconds. */
  readonly retryAfter?: number | undefined;
  /** The server's clock when it answered, in milliseconds since 1970. */
  readonly serverTime?: number | undefined;
}

/**
 * COS answered with an error. `code` is COS's own, such as `NoSuchUpload`. If the answer has none (after HEAD, or from a proxy), it is
 * `HTTP_<status>`.
 *
 * @see https://intl.cloud.tencent.com/document/product/436/7730 (Error Codes)
 * @example
 * ```ts
 * import { CosClient, CosServiceError } from "cos-upload-stream";
 *
 * await using client = new CosClient({ bucket: "examplebucket-1250000000", region: "ap-beijing" });
 * try {
 *   await client.headObject({ key: "missing.txt" });
 * } catch (error) {
 *   if (!(error instanceof CosServiceError)) throw error;
 *   console.log(error.statusCode, error.code, error.operation); // prints 404 HTTP_404 HeadObject
 * }
 * ```
 */
export class CosServiceError extends CosUploadError {
  static {
    brand(CosServiceError, "CosServiceError");
  }

  /** Status of the HTTP answer. */
  readonly statusCode: number;
  /** COS's name of the request, such as `UploadPart`. */
  declare operation: string;
  /** Id of the request. The support of Tencent Cloud asks for it. */
  readonly requestId?: string;
  /** Id of COS's own trace of the request. */
  readonly traceId?: string;
  /** What the request was about, as COS names it. */
  readonly resource?: string;
  /** How long COS asked to wait before the next attempt, in milliseconds (its `Retry-After`). */
  readonly retryAfter?: number;
  /** The clock of the server when it answered, in milliseconds since 1970. */
  readonly serverTime?: number;

  constructor(code: CosErrorCode, message: string, details: ServiceErrorDetails) {
    super(code, message, details);
    this.name = "CosServiceError";
    this.statusCode = details.statusCode;
    this.operation = details.operation;
    if (details.requestId !== undefined) this.requestId = details.requestId;
    if (details.traceId !== undefined) this.traceId = details.traceId;
    if (details.resource !== undefined) this.resource = details.resource;
    if (details.partNumber !== undefined) this.partNumber = details.partNumber;
    if (details.retryAfter !== undefined) this.retryAfter = details.retryAfter;
    if (details.serverTime !== undefined) this.serverTime = details.serverTime;
  }
}

/** Bytes, a length or a digest are not as they must be: `ERR_COS_INTEGRITY`. No object was made, or the one that was made is wrong. */
export class CosIntegrityError extends CosUploadError {
  static {
    brand(CosIntegrityError, "CosIntegrityError");
  }

  /** The value that was expected. */
  readonly expected: string;
  /** The value that was found. */
  readonly actual: string;

  constructor(
    message: string,
    values: { expected: string | number; actual: string | number },
    details: CosUploadErrorDetails = {},
  ) {
    super("ERR_COS_INTEGRITY", message, details);
    this.name = "CosIntegrityError";
    this.expected = String(values.expected);
    this.actual = String(values.actual);
  }
}

/** What is known of a process that failed. */
export interface ProcessErrorDetails extends CosUploadErrorDetails {
  /** What was run. */
  readonly command: string;
  readonly exitCode?: number | undefined;
  readonly signal?: NodeJS.Signals | undefined;
}

/** The process whose output was uploaded did not exit with 0: `ERR_COS_PROCESS`. */
export class CosProcessError extends CosUploadError {
  static {
    brand(CosProcessError, "CosProcessError");
  }

  /** Name of the command. */
  readonly command: string;
  /** The code with which it exited, unless a signal ended it. */
  readonly exitCode?: number;
  /** The signal that ended it. */
  readonly signal?: NodeJS.Signals;

  constructor(message: string, details: ProcessErrorDetails) {
    super("ERR_COS_PROCESS", message, details);
    this.name = "CosProcessError";
    this.command = details.command;
    if (details.exitCode !== undefined) this.exitCode = details.exitCode;
    if (details.signal !== undefined) this.signal = details.signal;
  }
}

/** The `signal` was aborted: `ABORT_ERR`. Its `name` is `AbortError`, as that of Node's own; the reason of the signal is its `cause`. */
export class CosAbortError extends CosUploadError {
  static {
    brand(CosAbortError, "CosAbortError");
  }

  constructor(reason: unknown, details: { uploadId?: string | undefined } = {}) {
    super("ABORT_ERR", "Aborted by its signal", { ...details, cause: reason });
    this.name = "AbortError";
  }
}

/**
 * What was thrown, as an error: what is none, `undefined` above all, would pass for success where it is given to a callback.
 * `ERR_COS_NOT_AN_ERROR` then, with what was thrown as the `cause`.
 */
export function errorOf(thrown: unknown): Error {
  // Of another realm too, such as a test runner's.
  if (thrown instanceof Error || types.isNativeError(thrown)) return thrown;
  const kind = thrown === null || thrown === undefined ? String(thrown) : `a ${typeof thrown}`;
  return new CosUploadError("ERR_COS_NOT_AN_ERROR", `${kind} was thrown, which is not an Error`, {
    cause: thrown,
  });
}

/** An exception of the program's own, from its listener or callback: the program hears of it, and nothing else stops for it. */
export function throwUncaught(error: unknown): void {
  nextTick(() => {
    throw error;
  });
}
