import { UndiciTransport } from "../../http/undici-transport.ts";
import { KIB } from "../../limits.ts";

/** Most bytes of an answer. Keys and a token have a few kilobytes; a longer answer comes from something else. */
const MAX_ANSWER_BYTES = 64 * KIB;

/** One request to a service that issues keys. */
export interface KeyRequest {
  /** `https://host[:port]`. */
  readonly origin: string;
  readonly path: string;
  /** Milliseconds for the whole request. */
  readonly timeout: number;
  /** JSON to post. Without it, the request is a GET. */
  readonly json?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * Asks a service for keys, over a connection that is closed after the answer: the next request comes in an hour. It never uses the
 * dispatcher of the caller, which may be bound to one host: the token of a pod must not go there.
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
