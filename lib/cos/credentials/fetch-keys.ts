import { UndiciTransport } from "../../http/undici-transport.ts";
import { KIB } from "../../limits.ts";

/** Keys and a token are a few kilobytes; what is longer comes from somewhere else. */
const MAX_ANSWER_BYTES = 64 * KIB;

/** One request to a service that gives out keys. */
export interface KeyRequest {
  /** `https://host[:port]`. */
  readonly origin: string;
  readonly path: string;
  /** Milliseconds for all of it. */
  readonly timeout: number;
  /** JSON to post; without it, it is a GET. */
  readonly json?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * Asks a service for keys, on a connection that is closed with the answer: the next request comes in an hour. It never goes
 * by the caller's dispatcher, which may be tied to one host, and would take a pod's token there.
 *
 * @throws CosUploadError `ERR_COS_NETWORK`, `ERR_COS_TIMEOUT`, or `ERR_COS_BAD_RESPONSE` for an answer that has no end.
 */
export async function fetchKeys(
  request: KeyRequest,
): Promise<{ readonly statusCode: number; readonly body: string }> {
  const { origin, path, timeout, json, headers = {} } = request;
  const body = json === undefined ? [] : [Buffer.from(JSON.stringify(json))];
  const framing = body.map(({ byteLength }) => ["Content-Length", String(byteLength)]);
  const transport = new UndiciTransport({ connectTimeout: timeout });
  try {
    return await transport.send(
      {
        method: json === undefined ? "GET" : "POST",
        origin,
        path,
        headers: { Host: new URL(origin).host, ...headers, ...Object.fromEntries(framing) },
        body,
        maxResponseBytes: MAX_ANSWER_BYTES,
      },
      { signal: new AbortController().signal, limits: { deadline: timeout, stall: 0 } },
    );
  } finally {
    await transport.destroy();
  }
}
