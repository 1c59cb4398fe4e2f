import { types } from "node:util";
import { describeKind } from "../check/describe.ts";
import { CosIntegrityError, CosServiceError, CosUploadError } from "../errors.ts";
import { REDIRECTS, type Remedy, remedyFor } from "./table.ts";

/** How often and how soon a request is repeated. */
export interface RetryOptions {
  /** Attempts in all, the first included. 1 turns retries off. */
  readonly maxAttempts: number;
  /** Milliseconds; the bound of the first wait, doubled for each one after it. */
  readonly baseDelay: number;
  /** Milliseconds; no wait is longer, `Retry-After` included. */
  readonly maxDelay: number;
  /** Decides instead of the table, for errors of COS and the network. `undefined` leaves the decision to the table. */
  readonly isRetryable?: ((error: CosUploadError) => boolean | undefined) | undefined;
}

/** The attempts of a request so far. */
export interface AttemptHistory {
  /** Attempts that count against `maxAttempts`. */
  readonly attempts: number;
  /** Whether the request was already repeated after a stale keep-alive socket. */
  readonly retriedStale: boolean;
  /** How often the request was signed anew after an expired token or a wrong clock. */
  readonly reauthentications: number;
  /** Whether there is another host to try: nothing shows that COS answered at this one. */
  readonly canFailOver: boolean;
}

export type Decision =
  | { readonly action: "fail" }
  /** Repeat it immediately. It does not count as an attempt. */
  | { readonly action: "retryStale" }
  /** Renew credentials or clock, and repeat it immediately; it does not count. If they cannot be renewed, decide again without this action. */
  | { readonly action: "reauthenticate" }
  | { readonly action: "retry"; readonly delay: number }
  /** The same, at the other host. */
  | { readonly action: "failOver"; readonly delay: number };

/** An expired token and a wrong clock can occur together. More failures of this kind do not pass by themselves. */
export const MAX_REAUTHENTICATIONS = 2;

/**
 * Decides what follows a failed attempt. It is pure: the random number is passed in.
 *
 * @param random A number in [0, 1).
 * @throws CosUploadError `ERR_COS_IS_RETRYABLE` when `isRetryable` fails, or does not answer the question.
 */
export function decide(
  error: unknown,
  history: AttemptHistory,
  options: RetryOptions,
  random: number,
): Decision {
  if (!(error instanceof CosUploadError)) return { action: "fail" };
  const stale = "stale" in error && error.stale === true;
  if (stale && !history.retriedStale) return { action: "retryStale" };
  const redirected = history.canFailOver && isRedirect(error);
  const builtIn = redirected ? "retry" : builtInRemedy(error);
  if (builtIn === "reauthenticate" && history.reauthentications < MAX_REAUTHENTICATIONS)
    return { action: "reauthenticate" };
  const overruled = isOfRequest(error) ? askProgram(options.isRetryable, error) : undefined;
  const again = overruled ?? builtIn === "retry";
  if (!again || history.attempts >= options.maxAttempts) return { action: "fail" };
  if (redirected) return { action: "failOver", delay: 0 };
  const isLast = history.attempts === options.maxAttempts - 1;
  const delay = delayBefore(error, history.attempts, options, random);
  return { action: isLast && history.canFailOver ? "failOver" : "retry", delay };
}

/** What the program's own `isRetryable` says. The error of the attempt is not lost when that fails: it is the `cause`. */
function askProgram(isRetryable: RetryOptions["isRetryable"], error: CosUploadError): boolean | undefined {
  if (isRetryable === undefined) return undefined;
  let answer: unknown;
  try {
    answer = isRetryable(error);
  } catch (thrown) {
    const failure = isRetryableError(error, `threw ${describeThrown(thrown)}`);
    if (thrown instanceof Error) failure.stack = `${failure.stack}\nThrown by isRetryable: ${thrown.stack}`;
    throw failure;
  }
  if (answer === undefined || typeof answer === "boolean") return answer;
  if (!types.isPromise(answer)) throw isRetryableError(error, `returned ${describeKind(answer)}`);
  // What it comes to is of no use any more, a rejection neither.
  answer.catch(() => {});
  throw isRetryableError(error, "returned a promise, which is not waited for");
}

function isRetryableError(cause: CosUploadError, what: string): CosUploadError {
  const { code, uploadId, operation, partNumber, host } = cause;
  const failure = new CosUploadError(
    "ERR_COS_IS_RETRYABLE",
    `"retry.isRetryable" ${what}; expected true, false or undefined. It was called with ${code}, the cause`,
    { cause, uploadId },
  );
  if (operation !== undefined) failure.operation = operation;
  if (partNumber !== undefined) failure.partNumber = partNumber;
  if (host !== undefined) failure.host = host;
  return failure;
}

/** The error of the attempt, where `isRetryable` failed when it was called with it. */
export function attemptError(error: unknown): unknown {
  return error instanceof CosUploadError && error.code === "ERR_COS_IS_RETRYABLE" ? error.cause : error;
}

function describeThrown(thrown: unknown): string {
  return thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : describeKind(thrown);
}

function isRedirect(error: CosUploadError): boolean {
  return error instanceof CosServiceError && REDIRECTS.has(error.statusCode);
}

/** Whether the failure is of the request itself, and not of what was needed to make it. */
function isOfRequest(error: CosUploadError): boolean {
  if (error instanceof CosServiceError || error instanceof CosIntegrityError) return true;
  return ["ERR_COS_NETWORK", "ERR_COS_TIMEOUT", "ERR_COS_BAD_RESPONSE"].includes(error.code);
}

function builtInRemedy(error: CosUploadError): Remedy {
  if (error instanceof CosServiceError) return remedyFor(error);
  // An answer whose ETag or CRC64 is wrong: the part is sent again.
  if (error instanceof CosIntegrityError) return "retry";
  switch (error.code) {
    case "ERR_COS_NETWORK":
      return "permanent" in error && error.permanent === true ? "fail" : "retry";
    case "ERR_COS_TIMEOUT":
    case "ERR_COS_BAD_RESPONSE":
      return "retry";
    default:
      return "fail";
  }
}

/**
 * Full jitter: a random wait between 0 and the exponential bound, so that clients which failed together do not come back together. A
 * `Retry-After` is the shortest wait.
 */
function delayBefore(error: CosUploadError, attempts: number, options: RetryOptions, random: number): number {
  const bound = Math.min(options.maxDelay, options.baseDelay * 2 ** (attempts - 1));
  const jittered = Math.floor(random * bound);
  const asked = error instanceof CosServiceError ? (error.retryAfter ?? 0) : 0;
  return Math.min(options.maxDelay, Math.max(jittered, asked));
}
