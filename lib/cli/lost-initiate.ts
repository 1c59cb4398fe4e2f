import { CosServiceError, CosUploadError } from "../errors.ts";

/** Failures of the connection with which no request has reached COS. */
const NEVER_CONNECTED = new Set([
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "UND_ERR_CONNECT_TIMEOUT",
]);

/** Errors after which COS may have begun an upload all the same, or that say nothing about it. */
const DOUBTFUL = new Set(["ABORT_ERR", "ERR_COS_TIMEOUT", "ERR_COS_BAD_RESPONSE", "ERR_COS_NETWORK"]);

/** Whether COS may have begun an upload whose id never came back, given the error that ended the wait for it. */
export function mayHaveBegun(error: unknown): boolean {
  // 503 is a refusal; other answers of this kind say that something broke on the way.
  if (error instanceof CosServiceError) return error.statusCode >= 500 && error.statusCode !== 503;
  // The source failed while the answer was awaited.
  if (!(error instanceof CosUploadError)) return true;
  const { code } = Object(error.cause) as NodeJS.ErrnoException;
  return DOUBTFUL.has(error.code) && !NEVER_CONNECTED.has(code ?? "");
}
