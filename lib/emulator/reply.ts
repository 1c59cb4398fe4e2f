import { randomBytes } from "node:crypto";
import type { Readable } from "node:stream";
import type { CosError } from "./cos-error.ts";
import type { Exchange } from "./exchange.ts";
import type { ErrorFault, ForeignAnswerFault } from "./faults/fault.ts";
import { buildXml } from "./xml.ts";

/** The result of an operation that is answered with 200 before it is done. */
export interface LateBody {
  readonly xml: string;
  /** COS's error code, if that is the result. */
  readonly code?: string;
}

/** An answer. Date, Server, the id of the request and Content-Length are added when it is sent. */
export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  /** A body of `length` bytes. It is opened when it is sent; for HEAD only the length is used. */
  readonly stream?: { readonly length: number; open(): Readable };
  /** Runs while whitespace is sent. It is called exactly once, even if the client has left. */
  readonly late?: (drip: () => void) => Promise<LateBody>;
  /** COS's error code. */
  readonly code?: string;
  /** Whether the answer does not look like one of COS. */
  readonly foreign?: boolean;
}

export const XML_TYPE = { "Content-Type": "application/xml" } as const;

/** An error answer. To HEAD it has no body. */
export function errorReply(exchange: Exchange, error: CosError): Reply {
  const traceId = createTraceId();
  return {
    status: error.status,
    headers: { ...error.headers, ...XML_TYPE, "x-cos-trace-id": traceId },
    body: errorXml(exchange, error, traceId),
    code: error.code,
  };
}

/** The answer of an `error` fault. */
export function faultReply(exchange: Exchange, fault: ErrorFault): Reply {
  const code = fault.code ?? "InternalError";
  const message = fault.message ?? "This answer was asked for by a fault rule.";
  const foreign = fault.requestId === false;
  const traceId = createTraceId();
  const body = fault.body ?? errorXml(exchange, { code, message }, foreign ? null : traceId);
  return {
    status: fault.statusCode,
    headers: {
      "Content-Type": fault.contentType ?? "application/xml",
      ...(foreign ? {} : { "x-cos-trace-id": traceId }),
      ...fault.headers,
    },
    body,
    foreign,
    ...(fault.body === undefined ? { code } : {}),
  };
}

/** The answer of something else instead of COS. */
export function foreignReply({ statusCode, headers, body, contentType }: ForeignAnswerFault): Reply {
  return {
    status: statusCode,
    headers: { "Content-Type": contentType ?? "text/html", ...headers },
    body: body ?? "<!DOCTYPE html><html><body>This is not COS.</body></html>",
    foreign: true,
  };
}

/**
 * The XML of an error.
 *
 * @param traceId `null` for one that has no ids, as it is not COS's.
 * @see https://intl.cloud.tencent.com/document/product/436/7730 (Error Codes)
 */
export function errorXml(
  { target, entry }: Exchange,
  { code, message, details = {} }: Pick<CosError, "code" | "message"> & Partial<Pick<CosError, "details">>,
  traceId: string | null = createTraceId(),
): string {
  return buildXml("Error", {
    Code: code,
    Message: message,
    ...details,
    Resource: `${target.host}/${target.key}`,
    ...(traceId === null ? {} : { RequestId: entry.requestId, TraceId: traceId }),
  });
}

function createTraceId(): string {
  return randomBytes(48).toString("base64");
}
