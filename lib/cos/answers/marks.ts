import { CosServiceError } from "../../errors.ts";
import type { HttpResponse } from "../../http/transport.ts";
import { HEADER } from "../headers.ts";

type Headers = HttpResponse["headers"];

/**
 * The header that every answer of COS has, and no answer of a proxy or a captive portal: the id of the request. Other servers with the
 * protocol of COS, such as the RADOS Gateway of Ceph, use the second name.
 *
 * @see https://intl.cloud.tencent.com/document/product/436/7729 (Common Response Headers)
 */
const REQUEST_ID_HEADERS = [HEADER.requestId, "x-amz-request-id"] as const;

/** The id that COS gave the request; undefined if COS did not answer it. */
export function requestIdOf(headers: Headers): string | undefined {
  for (const name of REQUEST_ID_HEADERS) {
    if (headers[name]) return headers[name];
  }
  return undefined;
}

/** Whether the error is one of COS: it has a request id or a code of COS. All other errors come from something else. */
export function isFromCos(error: unknown): error is CosServiceError {
  if (!(error instanceof CosServiceError)) return false;
  return Boolean(error.requestId) || !error.code.startsWith("HTTP_");
}

/** Whether a cache answered, with an earlier answer of COS. */
export function isFromCache(headers: Headers): boolean {
  return headers.age !== undefined;
}
