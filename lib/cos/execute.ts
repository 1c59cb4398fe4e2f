import { CosAbortError, CosUploadError } from "../errors.ts";
import type { AttemptLimits } from "../http/attempt-watch.ts";
import { byteLength } from "../http/body.ts";
import { CosInternalError } from "../http/network-error.ts";
import type { HttpResponse, SendOptions } from "../http/transport.ts";
import { MIB } from "../limits.ts";
import { type Retried, type RetryNotice, retry } from "../retry/loop.ts";
import type { RetryOptions } from "../retry/policy.ts";
import { VERSION } from "../version.ts";
import { createRedactor, redactError } from "./answers/redact.ts";
import { type CosAnswer, serviceError } from "./answers/response.ts";
import { loadXml } from "./answers/xml.ts";
import type { Connection, Timeouts } from "./connection.ts";
import { withDeadline } from "./deadline.ts";
import { encodePath, encodeQuery } from "./encoding.ts";
import { HostSelector } from "./host-selector.ts";
import { type CosRequest, MAX_ANSWER_BYTES, MAX_LISTING_BYTES } from "./request.ts";
import type { Signed } from "./signing/signer.ts";

/** How one call of an operation runs. */
export interface CallContext {
  /** Ends the call; it rejects with the signal's reason, as a {@link CosAbortError} unless it is one of ours. */
  readonly signal: AbortSignal;
  /** Ends the attempt under way in place of `signal`, which then only keeps further attempts from being made. */
  readonly attemptSignal?: AbortSignal | undefined;
  /** In place of the connection's. */
  readonly retry?: RetryOptions | undefined;
  readonly onRetry?: ((notice: RetryNotice & { operation: string; partNumber?: number }) => void) | undefined;
  /** Body bytes that the present attempt has handed to the socket. */
  readonly onSent?: ((bytes: number) => void) | undefined;
  /** The last byte of the present attempt is about to be sent: from now on COS may carry the request out. */
  readonly onFullySent?: (() => void) | undefined;
  /** The headers of an answer, as soon as they are there. */
  readonly onHeaders?: ((headers: HttpResponse["headers"]) => void) | undefined;
}

/** The size up to which `timeout.attempt` holds as it is. */
const TIMEOUT_UNIT = 8 * MIB;

/**
 * Sends a request until it is answered: each attempt is signed anew, bounded by its deadline, and its answer is read as it came by
 * `parse`, whose errors count as the attempt's.
 */
export async function execute<T>(
  connection: Connection,
  request: CosRequest,
  parse: (response: CosAnswer) => T,
  context: CallContext,
): Promise<Retried<T>> {
  await loadXml();
  const hosts = new HostSelector(connection);
  const { attempt: milliseconds } = connection.timeout;
  const signing = { signal: context.signal, milliseconds, expired: () => signingTimedOut(milliseconds) };
  let signed: Signed | undefined;
  const attempt = async (): Promise<T> => {
    const { origin, host } = hosts.select();
    const headers = addressed(connection, host, request);
    const { method, key, query, body } = request;
    const path = encodePath(key) + encodeQuery(query);
    const signable = { method, origin, host, path, key, query, headers };
    signed = await withDeadline(signing, (deadline) => connection.signer(signable, deadline));
    const complete = merge(headers, signed.headers);
    const redactor = createRedactor({ key, query, headers, added: signed.headers });
    try {
      const received = await connection.transport.send(
        { method, origin, path, headers: complete, body, maxResponseBytes: limitOf(request) },
        {
          ...sendOptions(request, connection.timeout, context),
          onHeaders: (received) => {
            hosts.answered(received);
            context.onHeaders?.(received);
          },
        },
      );
      const answer = { ...received, redactor };
      if (answer.statusCode < 200 || answer.statusCode > 299) throw serviceError(answer, request);
      return parse(answer);
    } catch (error) {
      const isOurs = error instanceof CosUploadError || isAborted(context);
      const failure = isOurs ? error : new CosInternalError(error, { unsent: false });
      throw redactError(identify(failure, request, host), redactor);
    }
  };
  try {
    return await retry(attempt, {
      retry: context.retry ?? connection.retry,
      signal: context.signal,
      onRetry: context.onRetry && ((notice) => context.onRetry?.({ ...notice, ...named(request) })),
      reauthenticate: (error) =>
        withDeadline(signing, async (deadline) => (await signed?.reauthenticate(error, deadline)) ?? false),
      random: Math.random,
      failover: hosts,
    });
  } catch (error) {
    const { signal, attemptSignal } = context;
    if (!signal.aborted) throw hosts.explain(error);
    // A caller that aborts is told so; one that let the attempt end by itself (attemptSignal) is told how it ended.
    const told = attemptSignal === undefined ? signal.reason : error;
    throw Object.is(told, signal.reason) && !(told instanceof CosUploadError)
      ? new CosAbortError(told)
      : told;
  }
}

function isAborted({ signal, attemptSignal }: CallContext): boolean {
  return signal.aborted || (attemptSignal?.aborted ?? false);
}

function signingTimedOut(milliseconds: number): CosUploadError {
  return new CosUploadError(
    "ERR_COS_CREDENTIALS",
    `The credentials provider or the signer did not answer within ${milliseconds} ms, the "timeout.attempt"`,
  );
}

/** The headers of a request with those that its signer adds; a name that both have is the signer's. */
function merge(
  headers: Record<string, string>,
  added: Readonly<Record<string, string>>,
): Record<string, string> {
  const names = new Set(Object.keys(added).map((name) => name.toLowerCase()));
  const kept = Object.entries(headers).filter(([name]) => !names.has(name.toLowerCase()));
  return { ...Object.fromEntries(kept), ...added };
}

/** The request's headers with those that every request has. Undefined host and time would leave them to the HTTP client. */
function addressed(connection: Connection, host: string, request: CosRequest): Record<string, string> {
  const { method } = request;
  const hasBody = method === "PUT" || method === "POST";
  const isRead = method === "GET" || method === "HEAD";
  return {
    Host: host,
    Date: new Date(connection.clock.now()).toUTCString(),
    // What COS has now is asked for: a cache of the dispatcher, or on the way, may have an earlier answer.
    ...(isRead && { "Cache-Control": "no-cache, no-store" }),
    ...request.headers,
    ...(hasBody && { "Content-Length": String(byteLength(request.body)) }),
    "User-Agent": `cos-upload-stream/${VERSION}`,
  };
}

function sendOptions(
  request: CosRequest,
  timeout: Timeouts,
  { signal, attemptSignal = signal, onSent, onFullySent }: CallContext,
): SendOptions {
  return {
    signal: attemptSignal,
    limits: limitsOf(request, timeout),
    ...(onSent && { onSent }),
    ...(onFullySent && { onFullySent }),
  };
}

/** COS may be silent while it merges parts, so a Complete has no other bound than its own. */
function limitsOf({ operation, body }: CosRequest, { attempt, complete, stall }: Timeouts): AttemptLimits {
  if (operation === "CompleteMultipartUpload") {
    return { deadline: complete, stall: 0, deadlineOption: "timeout.complete" };
  }
  const deadline = Math.ceil(attempt * Math.max(1, byteLength(body) / TIMEOUT_UNIT));
  return { deadline, stall, deadlineOption: "timeout.attempt" };
}

function limitOf({ operation }: CosRequest): number {
  return operation === "ListParts" || operation === "ListMultipartUploads"
    ? MAX_LISTING_BYTES
    : MAX_ANSWER_BYTES;
}

function named({ operation, partNumber }: CosRequest): { operation: string; partNumber?: number } {
  return partNumber === undefined ? { operation } : { operation, partNumber };
}

/** Says which request failed, and where. */
function identify(error: unknown, { operation, partNumber, uploadId }: CosRequest, host: string): unknown {
  if (!(error instanceof CosUploadError)) return error;
  error.host ??= host;
  error.operation ??= operation;
  if (partNumber !== undefined) error.partNumber ??= partNumber;
  if (uploadId !== undefined) error.uploadId ??= uploadId;
  return error;
}
