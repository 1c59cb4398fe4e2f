import { CosUploadError } from "../errors.ts";

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
  /** There was no connection to send the request on, so that it cannot have been carried out. */
  readonly unsent: boolean;

  constructor(cause: unknown, where: string, stale: boolean) {
    super("ERR_COS_NETWORK", `Could not reach ${where}: ${describe(cause)}${clockOf(cause)}`, {
      cause: withoutData(cause),
    });
    this.name = "CosNetworkError";
    this.stale = stale;
    this.permanent = PERMANENT.has(codeOf(cause) ?? "");
    this.unsent = UNSENT.has(codeOf(cause) ?? "");
  }
}

/** An attempt that took longer than it may: `ERR_COS_TIMEOUT`. */
export class CosTimeoutError extends CosUploadError {
  constructor(where: string, milliseconds: number) {
    super(
      "ERR_COS_TIMEOUT",
      `No complete answer from ${where} within ${milliseconds} ms; raise the "timeout" option if the network is this slow`,
    );
    this.name = "CosTimeoutError";
  }
}

/** undici's parser quotes the bytes that it could not read, which can be the request's own, sent back. */
function withoutData(cause: unknown): unknown {
  if (cause instanceof Error && "data" in cause) delete cause.data;
  return cause;
}

function describe(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  // A host name with several addresses fails as an AggregateError with an empty message.
  const code = codeOf(cause) ?? cause.name;
  const inner = cause instanceof AggregateError ? cause.errors.map(describe).join("; ") : cause.message;
  return inner.includes(code) ? inner : `${code} ${inner}`.trim();
}

/** A certificate is judged by the local clock, and by no other: the server's would have to be believed for that. */
function clockOf(cause: unknown): string {
  const isOfTime = ["CERT_HAS_EXPIRED", "CERT_NOT_YET_VALID"].includes(codeOf(cause) ?? "");
  return isOfTime
    ? `; is it right that it is ${new Date().toUTCString()} now, as this machine's clock says?`
    : "";
}

function codeOf(cause: unknown): string | undefined {
  const { code } = Object(cause) as { code?: unknown };
  return typeof code === "string" ? code : undefined;
}
