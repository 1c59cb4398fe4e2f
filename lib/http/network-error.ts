import { CosUploadError } from "../errors.ts";

/**
 * A failure below HTTP's meaning: no connection, a reset, a broken or oversized answer. `ERR_COS_NETWORK`, with
 * what Node or undici reported as the `cause`.
 */
export class CosNetworkError extends CosUploadError {
  /** The socket had served an earlier request and died before it answered this one: a stale keep-alive. */
  readonly stale: boolean;

  constructor(cause: unknown, where: string, stale: boolean) {
    super("ERR_COS_NETWORK", `Could not reach ${where}: ${describe(cause)}`, { cause });
    this.name = "CosNetworkError";
    this.stale = stale;
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

function describe(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  // A host name with several addresses fails as an AggregateError with an empty message.
  const code = "code" in cause && typeof cause.code === "string" ? cause.code : cause.name;
  const inner = cause instanceof AggregateError ? cause.errors.map(describe).join("; ") : cause.message;
  return inner.includes(code) ? inner : `${code} ${inner}`.trim();
}
