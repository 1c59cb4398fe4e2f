import { CosServiceError } from "../../errors.ts";
import type { HttpResponse } from "../../http/transport.ts";
import { HEADER } from "../headers.ts";

type Headers = HttpResponse["headers"];

/**
 * What every answer of COS has, and no answer of a proxy or a captive portal in COS's place: the id of the request. Other
 * servers that speak COS's protocol, such as Ceph's RADOS Gateway, give it under the second name.
 *
 * @see https://intl.cloud.tencent.com/document/product/436/7729 (Common Response Headers)
 */
const REQUEST_ID_HEADERS = [HEADER.requestId, "x-amz-request-id"] as const;

/** The id that COS gave the request; undefined when COS did not answer it. */
export function requestIdOf(headers: Headers): string | undefined {
  for (const name of REQUEST_ID_HEADERS) {
    if (headers[name]) return headers[name];
  }
  return undefined;
}

/** Whether COS made the error: it has COS's request id, or a code of COS's. All other errors are somebody else's. */
export function isFromCos(error: unknown): error is CosServiceError {
  if (!(error instanceof CosServiceError)) return false;
  return Boolean(error.requestId) || !error.code.startsWith("HTTP_");
}

/** Whether a cache answered, with what COS had answered earlier. */
export function isFromCache(headers: Headers): boolean {
  return headers.age !== undefined;
}
