/**
 * Every error that this library makes. Codes are stable; docs/errors.md lists them.
 */

import { brand } from "./brand.ts";

/** What became of the object when an upload ended while COS was committing it. */
export type Outcome = "completed" | "not-completed" | "unknown";

/** What a {@link CosUploadError} may carry beside its message. */
export interface CosUploadErrorDetails {
  readonly cause?: unknown;
  /** The multipart upload this failure belongs to, when there is one. */
  readonly uploadId?: string | undefined;
}

/** The base of this library's errors: a stable `code`, and the `cause` where there is one. */
export class CosUploadError extends Error {
  static {
    brand(CosUploadError, "CosUploadError");
  }

  readonly code: string;
  /** The multipart upload this failure belongs to, when there is one. */
  uploadId?: string;
  /** COS's name for the request that failed, such as `UploadPart`, when it was one. */
  operation?: string;
  /** The part it was about. */
  partNumber?: number;
  /** The host that it was made to, with its port where that is not the scheme's own. */
  host?: string;
  /** Set when the failure came while COS was committing the object: what was found out afterwards. */
  outcome?: Outcome;

  constructor(code: string, message: string, details: CosUploadErrorDetails = {}) {
    super(message, "cause" in details ? { cause: details.cause } : undefined);
    this.name = "CosUploadError";
    this.code = code;
    if (details.uploadId !== undefined) this.uploadId = details.uploadId;
  }
}

/** What COS said in an error answer. */
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
 * An error answer of COS. `code` is COS's own, such as `NoSuchUpload`; where the answer has none (a HEAD, a
 * proxy's page), it is `HTTP_<status>`.
 *
 * @see https://intl.cloud.tencent.com/document/product/436/7730 (Error Codes)
 */
export class CosServiceError extends CosUploadError {
  static {
    brand(CosServiceError, "CosServiceError");
  }

  readonly statusCode: number;
  declare operation: string;
  readonly requestId?: string;
  readonly traceId?: string;
  readonly resource?: string;
  readonly retryAfter?: number;
  readonly serverTime?: number;

  constructor(code: string, message: string, details: ServiceErrorDetails) {
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

/** Bytes, sizes or digests that are not what they must be: `ERR_COS_INTEGRITY`. */
export class CosIntegrityError extends CosUploadError {
  static {
    brand(CosIntegrityError, "CosIntegrityError");
  }

  readonly expected: string;
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

/** The process whose output was uploaded did not end well: `ERR_COS_PROCESS`. */
export class CosProcessError extends CosUploadError {
  static {
    brand(CosProcessError, "CosProcessError");
  }

  /** The command's name. */
  readonly command: string;
  /** The code that it exited with, unless a signal ended it. */
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

/** The upload's `signal` was aborted: `ABORT_ERR`, named `AbortError` as Node's own; the reason is the `cause`. */
export class CosAbortError extends CosUploadError {
  static {
    brand(CosAbortError, "CosAbortError");
  }

  constructor(reason: unknown, details: { uploadId?: string | undefined } = {}) {
    super("ABORT_ERR", "Aborted by its signal", { ...details, cause: reason });
    this.name = "AbortError";
  }
}

/** A bad option, refused before anything is sent: `ERR_COS_INVALID_OPTION`. */
export type InvalidOptionError = (TypeError | RangeError) & {
  code: "ERR_COS_INVALID_OPTION";
  option: string;
};

/**
 * Makes the error for a bad option.
 *
 * @param kind `TypeError` for a wrong type or a missing option, `RangeError` for a value outside its bounds.
 * @param option The option's name.
 * @param rule What a good value is, in words.
 * @param received What was given; never pass a secret.
 * @param cause What went wrong when it was read.
 */
export function invalidOption(
  kind: typeof TypeError | typeof RangeError,
  option: string,
  rule: string,
  received: string,
  cause?: unknown,
): InvalidOptionError {
  const message = `Invalid option "${option}": ${rule}; received ${received}`;
  const error = new kind(message, cause === undefined ? undefined : { cause });
  return Object.assign(error, { code: "ERR_COS_INVALID_OPTION" as const, option });
}

/** Whether {@link invalidOption} made it. */
export function isInvalidOption(error: unknown): error is InvalidOptionError {
  return error instanceof Error && "code" in error && error.code === "ERR_COS_INVALID_OPTION";
}
