import type { Socket } from "node:net";
import type { Readable } from "node:stream";
import { setImmediate } from "node:timers/promises";
import type { Agent, buildConnector } from "undici";
import { onAbort } from "../abort.ts";
import { loadDependency } from "../dependency.ts";
import { CosUploadError } from "../errors.ts";
import type { DispatchedResponse, Dispatcher } from "./dispatcher.ts";
import { CosTimeoutError, closed, transportError } from "./network-error.ts";
import type { HttpRequest, HttpResponse, SendOptions, Transport } from "./transport.ts";

export interface UndiciTransportOptions {
  /** The caller's dispatcher: used as it is, and never closed. Without one, an Agent of ours is made. */
  readonly dispatcher?: Dispatcher | undefined;
  /** Milliseconds to open a connection (our Agent only). */
  readonly connectTimeout: number;
}

/** How a connection ends that the other side gave up while it was idle; anything else was said by a server that is there. */
const STALE_CODES = new Set(["ECONNRESET", "EPIPE", "UND_ERR_SOCKET"]);

/** {@link Transport} over undici. */
export class UndiciTransport implements Transport {
  readonly #given: Dispatcher | undefined;
  readonly #connectTimeout: number;
  /** Ours, from the first request on. */
  #agent: Promise<Agent> | undefined;
  #isClosed = false;
  /** Errors of sockets that had answered before. */
  readonly #staleErrors = new WeakSet<object>();

  constructor({ dispatcher, connectTimeout }: UndiciTransportOptions) {
    this.#given = dispatcher;
    this.#connectTimeout = connectTimeout;
  }

  async send(request: HttpRequest, options: SendOptions): Promise<HttpResponse> {
    const { signal, timeout, onSent, onHeaders, onFullySent } = options;
    signal.throwIfAborted();
    const attempt = new AbortController();
    const stopListening = onAbort(signal, () => attempt.abort(signal.reason));
    const timer = setTimeout(() => attempt.abort(new CosTimeoutError(request.origin, timeout)), timeout);
    // undici keeps an abort until a connection is open, and sends nothing then; nobody has to wait for that.
    const aborted = new Promise<never>((_, reject) => {
      attempt.signal.addEventListener("abort", () => reject(attempt.signal.reason), { once: true });
    });
    let answered = false;
    // Without a body nothing shows when a request goes out.
    const hasBody = request.body.length > 0;
    let fullySent = false;
    const sendsLast = (): void => {
      fullySent = true;
      onFullySent?.();
    };
    try {
      const dispatcher = await Promise.race([this.#dispatcher(), aborted]);
      if (!hasBody) sendsLast();
      const answer = dispatcher.request({
        origin: request.origin,
        path: request.path,
        method: request.method,
        headers: request.headers,
        // undici takes any async iterable; its types name Readable only.
        body: hasBody ? (pieces(request.body, sendsLast, onSent) as unknown as Readable) : null,
        signal: attempt.signal,
        // The deadline above covers the whole attempt. undici's own timeouts would cut a Complete that COS
        // keeps alive with spaces, or a slow upload, at a moment that has no meaning here.
        headersTimeout: 0,
        bodyTimeout: 0,
      });
      const response = await Promise.race([answer, aborted]);
      answered = true;
      const headers = flatten(response.headers);
      onHeaders?.(headers);
      const body = await readBody(response.body, request.maxResponseBytes);
      return { statusCode: response.statusCode, headers, body };
    } catch (error) {
      if (attempt.signal.aborted) throw attempt.signal.reason;
      throw transportError(error, request.origin, {
        stale: !answered && this.#isStale(error),
        sent: answered || (hasBody ? fullySent : undefined),
        // An empty PUT may be out before anything shows it.
        unsent: !answered && !(hasBody ? fullySent : request.method === "PUT"),
      });
    } finally {
      clearTimeout(timer);
      stopListening();
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await (await this.#openAgent())?.close();
  }

  async destroy(): Promise<void> {
    this.#isClosed = true;
    await (await this.#openAgent())?.destroy();
  }

  async #dispatcher(): Promise<Dispatcher> {
    if (this.#given !== undefined) return this.#given;
    if (this.#isClosed) throw closed();
    this.#agent ??= this.#createAgent();
    return await this.#agent;
  }

  /** Undefined where none was made, or could be. */
  async #openAgent(): Promise<Agent | undefined> {
    return await this.#agent?.catch(() => undefined);
  }

  /** undici takes longer to load than all of this library: it waits for the first request. */
  async #createAgent(): Promise<Agent> {
    // By its file: Bun has something else under the package's name, in which requests fail. By its default: some bundlers give a CommonJS module no names.
    const { default: undici } = await loadDependency("undici", () => import("undici/index.js"));
    const { Agent, buildConnector } = undici;
    const connect = buildConnector({ timeout: this.#connectTimeout, allowH2: false });
    return new Agent({
      allowH2: false,
      connect: (options, callback) =>
        connect(options, (...[error, socket]: Parameters<buildConnector.Callback>) => {
          if (error !== null) return callback(error, null);
          this.#watch(socket);
          callback(null, socket);
        }),
    });
  }

  #watch(socket: Socket): void {
    const handshake = socket.bytesRead;
    socket.on("error", (error) => {
      if (socket.bytesRead > handshake) this.#staleErrors.add(error);
    });
  }

  #isStale(error: unknown): boolean {
    if (typeof error !== "object" || error === null) return false;
    if (!STALE_CODES.has(String((error as NodeJS.ErrnoException).code))) return false;
    if (this.#staleErrors.has(error)) return true;
    // "other side closed": undici's SocketError says what its socket had seen.
    return "socket" in error && ((error.socket as Partial<Socket> | null)?.bytesRead ?? 0) > 0;
  }
}

/**
 * The body as an iterable: undici asks for a piece when the socket has taken the one before it, which is what
 * `onSent` reports. A fresh one for each attempt.
 */
async function* pieces(
  body: readonly Uint8Array[],
  onLast: () => void,
  onSent?: (bytes: number) => void,
): AsyncGenerator<Uint8Array> {
  let sent = 0;
  for (const [index, piece] of body.entries()) {
    // A fast receiver would else take all of a part, and of the parts beside it, before anything else has its turn.
    if (sent > 0) await setImmediate();
    if (index === body.length - 1) onLast();
    yield piece;
    sent += piece.byteLength;
    onSent?.(sent);
  }
}

/**
 * Copied together piece by piece: a piece is a view of all that the socket had read with it, so that an answer whose bytes
 * come one by one between long chunk extensions would hold many times its size.
 */
async function readBody(body: DispatchedResponse["body"], maxBytes: number): Promise<string> {
  let bytes = new Uint8Array(0);
  let size = 0;
  for await (const chunk of body as AsyncIterable<Uint8Array>) {
    const end = size + chunk.byteLength;
    if (end > maxBytes) {
      // Leaving the loop destroys the body and with it the socket: an endless answer costs no more than this.
      throw new CosUploadError(
        "ERR_COS_BAD_RESPONSE",
        `The answer is longer than the ${maxBytes} bytes that COS would send; is the endpoint COS?`,
      );
    }
    if (end > bytes.byteLength) bytes = grown(bytes.subarray(0, size), Math.max(end, 2 * bytes.byteLength));
    bytes.set(chunk, size);
    size = end;
  }
  return new TextDecoder().decode(bytes.subarray(0, size));
}

function grown(bytes: Uint8Array, size: number): Uint8Array<ArrayBuffer> {
  const larger = new Uint8Array(size);
  larger.set(bytes);
  return larger;
}

function flatten(headers: Record<string, string | string[] | undefined>): Record<string, string> {
  const flat: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) flat[name] = Array.isArray(value) ? value.join(", ") : value;
  }
  return flat;
}
