import { types } from "node:util";
import { CosUploadError } from "../errors.ts";
import { wallTime } from "../timers.ts";
import type { AttemptLimits, GivenUp } from "./attempt-watch.ts";

/**
 * Failures that no retry mends: the host is not who it says it is, does not speak TLS, or the request cannot be sent as it is.
 * Trying again would only delay the message.
 */
const PERMANENT = new Set([
  "CERT_HAS_EXPIRED",
  "CERT_NOT_YET_VALID",
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "EPROTO",
  "ERR_SSL_WRONG_VERSION_NUMBER",
  "ERR_TLS_CERT_ALTNAME_INVALID",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "UNABLE_TO_GET_ISSUER_CERT",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
  "UND_ERR_INVALID_ARG",
]);

/** Failures before a request could be sent. */
const UNSENT = new Set([
  ...PERMANENT,
  "EAI_AGAIN",
  "ECONNREFUSED",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ENOTFOUND",
  "UND_ERR_CONNECT_TIMEOUT",
]);

/**
 * A failure below HTTP's meaning: no connection, a reset, a broken or oversized answer. `ERR_COS_NETWORK`, with
 * what Node or undici reported as the `cause`.
 */
export class CosNetworkError extends CosUploadError {
  /** The socket had served an earlier request and died before it answered this one: a stale keep-alive. */
  readonly stale: boolean;
  /** Trying again would fail in the same way. */
  readonly permanent: boolean;
  /** The request was not sent, or not all of it, so that it cannot have been carried out. */
  readonly unsent: boolean;

  /** @param sent Whether all of the request was sent; undefined where only the cause can tell. */
  constructor(cause: unknown, where: string, stale: boolean, sent?: boolean) {
    super("ERR_COS_NETWORK", `Could not reach ${where}: ${describe(cause)}${clockOf(cause)}`, {
      cause: withoutData(cause),
    });
    this.name = "CosNetworkError";
    this.stale = stale;
    this.permanent = PERMANENT.has(codeOf(cause) ?? "");
    this.unsent = sent === undefined ? UNSENT.has(codeOf(cause) ?? "") : !sent;
  }
}

/**
 * A mistake in this library, in undici or in the `dispatcher`: `ERR_COS_INTERNAL`. Trying again would make it again.
 */
export class CosInternalError extends CosUploadError {
  /** It was made before the request could be carried out. */
  readonly unsent: boolean;

  constructor(cause: unknown, details: { readonly unsent: boolean }) {
    super(
      "ERR_COS_INTERNAL",
      `A program failed that should not: ${describe(cause)}; look at the cause's stack whether it is your "dispatcher", undici, or ` +
        "cos-upload-stream, and report it there",
      { cause },
    );
    this.name = "CosInternalError";
    this.unsent = details.unsent;
  }
}

/** An attempt at which nothing moved, or that took longer than it may: `ERR_COS_TIMEOUT`. */
export class CosTimeoutError extends CosUploadError {
  constructor(where: string, verdict: GivenUp, { deadline, deadlineOption }: AttemptLimits) {
    super(
      "ERR_COS_TIMEOUT",
      verdict.givenUp === "stall"
        ? `Nothing moved between here and ${where} for ${Math.round(verdict.quiet)} ms; raise "timeout.stall" if the network has such pauses`
        : `No complete answer from ${where} within ${deadline} ms, and less than 16 KiB/s moved` +
            (deadlineOption === undefined
              ? ""
              : `; raise "${deadlineOption}", or lower "concurrency" on a slow link`),
    );
    this.name = "CosTimeoutError";
  }
}

/**
 * The one way in for what failed below HTTP's meaning.
 *
 * @param seen `stale` and `sent` as in {@link CosNetworkError}, `unsent` as in {@link CosInternalError}.
 */
export function transportError(
  error: unknown,
  where: string,
  seen: { readonly stale: boolean; readonly sent: boolean | undefined; readonly unsent: boolean },
): CosUploadError {
  if (error instanceof CosUploadError) return error;
  if (["UND_ERR_CLOSED", "UND_ERR_DESTROYED"].includes(codeOf(error) ?? "")) return closed(error);
  if (isNotPermitted(error)) return notPermitted(error, where);
  if (isProgramError(error)) return new CosInternalError(error, seen);
  return new CosNetworkError(error, where, seen.stale, seen.sent);
}

export function closed(cause?: unknown): CosUploadError {
  return new CosUploadError(
    "ERR_COS_CLOSED",
    "The client or the dispatcher was closed",
    cause === undefined ? {} : { cause },
  );
}

/** `ERR_COS_NOT_PERMITTED`: the process may not do what a request needs, now or at the next attempt. */
function notPermitted(cause: unknown, where: string): CosUploadError {
  return new CosUploadError(
    "ERR_COS_NOT_PERMITTED",
    `This process lacks a permission to send requests to ${where}: ${describe(cause)}. Start it with that permission (Node.js with ` +
      "--permission needs --allow-net, Deno needs --allow-net and --allow-env)",
    { cause },
  );
}

/** Whether the runtime itself refused: Node's permission model, or Deno's. */
function isNotPermitted(error: unknown): boolean {
  return codeOf(error) === "ERR_ACCESS_DENIED" || nameOf(error) === "NotCapable";
}

/** Names of errors that programs make, not networks. */
const PROGRAM_ERRORS = new Set(["EvalError", "ReferenceError", "SyntaxError", "TypeError"]);

/**
 * Whether an error is of a program that is wrong, rather than of a network. A `fetch` that failed says TypeError as well, with what
 * the network reported as the cause.
 */
function isProgramError(error: unknown): boolean {
  const name = nameOf(error);
  if (name === "RangeError") return codeOf(error)?.startsWith("ERR_") ?? false;
  return name !== undefined && PROGRAM_ERRORS.has(name) && codeOf(Object(error).cause) === undefined;
}

/** undici's parser quotes the bytes that it could not read, which can be the request's own, sent back. */
function withoutData(cause: unknown): unknown {
  if (types.isNativeError(cause) && "data" in cause) delete cause.data;
  return cause;
}

function describe(cause: unknown): string {
  if (!types.isNativeError(cause)) return String(cause);
  // A host name with several addresses fails as an AggregateError with an empty message.
  const code = codeOf(cause) ?? cause.name;
  const { errors } = cause as Partial<AggregateError>;
  const inner = Array.isArray(errors) ? errors.map(describe).join("; ") : cause.message;
  return inner.includes(code) ? inner : `${code} ${inner}`.trim();
}

/** A certificate is judged by the local clock, and by no other: the server's would have to be believed for that. */
function clockOf(cause: unknown): string {
  const isOfTime = ["CERT_HAS_EXPIRED", "CERT_NOT_YET_VALID"].includes(codeOf(cause) ?? "");
  return isOfTime
    ? `; is it right that it is ${new Date(wallTime()).toUTCString()} now, as this machine's clock says?`
    : "";
}

function codeOf(cause: unknown): string | undefined {
  const { code } = Object(cause) as { code?: unknown };
  return typeof code === "string" ? code : undefined;
}

/** Not by its class: programs run in realms with classes of their own, such as those of test runners. */
function nameOf(error: unknown): string | undefined {
  return types.isNativeError(error) ? error.name : undefined;
}
