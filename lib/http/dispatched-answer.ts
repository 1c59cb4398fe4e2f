import type { DispatchedResponse } from "./dispatcher.ts";
import { CosInternalError } from "./network-error.ts";
import type { HttpResponse } from "./transport.ts";

/**
 * Refuses an answer that another place gave. `maxRedirections: 0` turns undici's redirect interceptor off; what follows redirects all the
 * same, undici's RedirectHandler used directly, leaves a history.
 *
 * @throws CosInternalError
 */
export function refuseRedirected({ context }: DispatchedResponse, origin: string): void {
  const { history } = Object(context) as { history?: unknown };
  if (!Array.isArray(history) || history.length < 2) return;
  const last: unknown = history.at(-1);
  const place = URL.canParse(String(last)) ? new URL(String(last)).origin : "another place";
  const cause = new Error(
    `the "dispatcher" followed a redirect from ${origin} to ${place}, and the request's credentials may have gone there; ` +
      "give one that does not follow redirects, and look whether the credentials must be replaced",
  );
  throw new CosInternalError(cause, { unsent: false });
}

/**
 * The answer that an interceptor of the `dispatcher` made an error of, such as undici's responseError and retry: its status and headers.
 * The body is lost, so its code is that of the status.
 */
export function answerWithin(error: unknown): HttpResponse | undefined {
  const { statusCode, headers } = Object(error) as { statusCode?: unknown; headers?: unknown };
  if (!(error instanceof Error) || typeof headers !== "object" || headers === null) return undefined;
  if (!Number.isInteger(statusCode) || Number(statusCode) < 400 || Number(statusCode) > 599) return undefined;
  return { statusCode: Number(statusCode), headers: flattenHeaders(headers), body: "" };
}

/** One text for each header. */
export function flattenHeaders(headers: object): Record<string, string> {
  const flat: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) flat[name] = Array.isArray(value) ? value.join(", ") : String(value);
  }
  return flat;
}
