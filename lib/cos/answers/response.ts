import { CosServiceError, CosUploadError } from "../../errors.ts";
import type { HttpResponse } from "../../http/transport.ts";
import { wallTime } from "../../timers.ts";
import { HEADER } from "../headers.ts";
import type { CosRequest } from "../request.ts";
import { requestIdOf } from "./marks.ts";
import type { Redactor } from "./redact.ts";
import { parseXml, textOf, type XmlElement } from "./xml.ts";

/** An answer as it came. Whatever an error quotes of it goes through the redactor, before it is cut: a piece of a secret is one. */
export interface CosAnswer extends HttpResponse {
  readonly redactor: Redactor;
}

/** A code that programs compare and logs show; anything else is somebody's text. */
const CODE = /^[\w.-]{1,100}$/;

/** Most characters of an answer that an error repeats: more than COS uses, and not too many for a log. */
const MAX_SAID = 2_000;

/** The body of a success: an element with the expected name, and its children. */
export function xmlAnswer(response: CosAnswer, request: CosRequest, root: string): XmlElement {
  const document = parseXml(response.body);
  if (document?.root === root) return document.content;
  // COS answers 200 before it merges the parts. The result of the merge is in the body.
  if (document?.root === "Error") throw serviceError(response, request);
  throw badResponse(response, request, `expected a <${root}> document`);
}

/** The id of a request that COS answered. */
export function requiredRequestId(response: CosAnswer, request: CosRequest): string {
  return required(requestIdOf(response.headers), "request id of COS's", response, request);
}

/** The text that must be in an answer. */
export function required(
  value: string | undefined,
  name: string,
  response: CosAnswer,
  request: CosRequest,
): string {
  if (value !== undefined && value !== "") return value;
  throw badResponse(response, request, `it has no ${name}`);
}

/** The integer that must be in an answer. */
export function requiredInteger(
  value: string | undefined,
  name: string,
  response: CosAnswer,
  request: CosRequest,
): number {
  const number = Number(required(value, name, response, request));
  if (/^\d+$/.test(value!) && Number.isSafeInteger(number)) return number;
  throw badResponse(response, request, `its ${name} is no whole number`);
}

/** `ERR_COS_BAD_RESPONSE`: an answer that is not one of COS, or is not complete. */
export function badResponse(response: CosAnswer, request: CosRequest, flaw: string): CosUploadError {
  const { statusCode, headers, redactor } = response;
  const type = cut(headers["content-type"], redactor.text) ?? "no content type";
  return new CosUploadError(
    "ERR_COS_BAD_RESPONSE",
    `The answer to ${request.operation} is not one of COS: ${flaw}, got status ${statusCode}, ${type}${excerpt(response)}`,
    { uploadId: request.uploadId },
  );
}

const UNEXPLAINED = "no further explanation";

/** The typed error for an error answer with any body: COS's XML, nothing (HEAD), JSON, or the page of a proxy. */
export function serviceError(response: CosAnswer, request: CosRequest): CosServiceError {
  const { statusCode, headers, body, redactor } = response;
  const document = parseXml(body);
  const error = document?.root === "Error" ? document.content : {};
  const given = redactor.id(textOf(error, "Code") ?? headers[HEADER.errorCode] ?? "");
  const code = CODE.test(given) ? given : `HTTP_${statusCode}`;
  const requestId = cut(requestIdOf(headers) ?? textOf(error, "RequestId"), redactor.id);
  const isOfCos = requestId !== undefined || code === given;
  const message = cut(textOf(error, "Message"), redactor.text);
  const said = message ?? ("Code" in error ? UNEXPLAINED : explain(response));
  return new CosServiceError(code, `${request.operation} failed: ${code} (${statusCode}): ${said}`, {
    statusCode,
    operation: request.operation,
    requestId,
    traceId: cut(headers[HEADER.traceId] ?? textOf(error, "TraceId"), redactor.id),
    resource: cut(textOf(error, "Resource"), redactor.id),
    partNumber: request.partNumber,
    uploadId: request.uploadId,
    retryAfter: retryAfterOf(headers["retry-after"], timeOf(headers.date) ?? wallTime()),
    // The clock of something else is not that of COS.
    serverTime: timeOf(textOf(error, "ServerTime")) ?? (isOfCos ? timeOf(headers.date) : undefined),
  });
}

function explain(response: CosAnswer): string {
  const { statusCode, headers, body, redactor } = response;
  if (statusCode >= 300 && statusCode < 400) {
    const location = headers.location;
    const host = location !== undefined && URL.canParse(location) ? new URL(location).host : "another place";
    return `redirected to ${redactor.text(host)}; redirects are not followed, set "region" or "endpoint" to where the bucket is`;
  }
  return body.trim() === "" ? UNEXPLAINED : `no COS error in the answer${excerpt(response)}`;
}

function cut(text: string | undefined, redact: (text: string) => string): string | undefined {
  if (text === undefined) return undefined;
  const redacted = redact(text);
  return redacted.length > MAX_SAID ? `${redacted.slice(0, MAX_SAID)}…` : redacted;
}

function excerpt({ body, redactor }: CosAnswer): string {
  const text = redactor.text(body).replace(/\s+/g, " ").trim();
  if (text === "") return "";
  return `: "${text.length > 120 ? `${text.slice(0, 120)}…` : text}"`;
}

/** Seconds or a date, in milliseconds from now by the clock of the server: our clock may be wrong. */
function retryAfterOf(value: string | undefined, now: number): number | undefined {
  if (value === undefined) return undefined;
  const wait = /^\s*\d+\s*$/.test(value) ? Number(value) * 1000 : (timeOf(value) ?? Number.NaN) - now;
  return Number.isNaN(wait) ? undefined : Math.min(Math.max(0, wait), Number.MAX_SAFE_INTEGER);
}

function timeOf(value: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  const seconds = /^\d{9,11}$/.test(value) ? Number(value) * 1000 : Date.parse(value);
  return Number.isFinite(seconds) ? seconds : undefined;
}
