import type { Socket } from "node:net";
import type { Readable } from "node:stream";
import type { Agent, buildConnector } from "undici";
import { onAbort, sleep } from "../abort.ts";
import { loadDependency } from "../dependency.ts";
import { MAX_TIMER } from "../limits.ts";
import {
  clearImmediate,
  clearTimeout,
  setImmediate,
  setTimeout,
  steadyTime,
  timersAreReplaced,
} from "../timers.ts";
import { AttemptWatch, type GivenUp } from "./attempt-watch.ts";
import { byteLength, pieces, readBody } from "./body.ts";
import { ConnectionLimit } from "./connection-limit.ts";
import { answerWithin, flattenHeaders, refuseRedirected } from "./dispatched-answer.ts";
import type { Dispatcher } from "./dispatcher.ts";
import { CosTimeoutError, closed, transportError } from "./network-error.ts";
import type { HttpRequest, HttpResponse, SendOptions, Transport } from "./transport.ts";

export interface UndiciTransportOptions {
  /** The caller's dispatcher: used as it is, and never closed. Without one, an Agent of ours is made. */
  readonly dispatcher?: Dispatcher | undefined;
  /** Milliseconds to open a connection (our Agent only). */
  readonly connectTimeout: number;
  /** Most requests that have a connection at a time. Default: no bound. */
  readonly connections?: number | undefined;
}

/** How a connection ends that the other side gave up while it was idle; anything else was said by a server that is there. */
const STALE_CODES = new Set(["ECONNRESET", "EPIPE", "UND_ERR_SOCKET"]);

/** {@link Transport} over undici. */
export class UndiciTransport implements Transport {
  readonly #given: Dispatcher | undefined;
  readonly #connectTimeout: number;
  readonly #connections: ConnectionLimit;
  /** Ours, from the first request on. */
  #agent: Promise<Agent> | undefined;
  /** Ours while the program's timers are replaced: each request has a connection of its own. */
  #unpooled: Promise<Agent> | undefined;
  #isClosed = false;
  /** Errors of sockets that had answered before. */
  readonly #staleErrors = new WeakSet<object>();

  constructor({
    dispatcher,
    connectTimeout,
    connections = Number.POSITIVE_INFINITY,
  }: UndiciTransportOptions) {
    this.#given = dispatcher;
    this.#connectTimeout = connectTimeout;
    this.#connections = new ConnectionLimit(connections);
  }

  async send(request: HttpRequest, options: SendOptions): Promise<HttpResponse> {
    return await this.#connections.run(options.signal, () => this.#sendWhenOpen(request, options));
  }

  /** The process has no descriptor left: a connection that ends gives one back, its own or another's. */
  async #sendWhenOpen(request: HttpRequest, options: SendOptions): Promise<HttpResponse> {
    const end = steadyTime() + options.limits.deadline;
    for (let delay = 50; ; delay = Math.min(delay * 2, 1000)) {
      try {
        // Loading undici takes none of the attempt's time.
        const dispatcher = await untilAborted(this.#dispatcher(), options.signal);
        return await this.#attempt(dispatcher, request, options);
      } catch (error) {
        if (!isOutOfDescriptors(error) || steadyTime() >= end) throw error;
        await sleep(delay, options.signal);
      }
    }
  }

  async #attempt(dispatcher: Dispatcher, request: HttpRequest, options: SendOptions): Promise<HttpResponse> {
    const { signal, limits, pace, onSent, onHeaders, onFullySent } = options;
    signal.throwIfAborted();
    const attempt = new AbortController();
    const stopListening = onAbort(signal, () => attempt.abort(signal.reason));
    const watch = new AttemptWatch(limits, byteLength(request.body), steadyTime());
    const stopWatching = follow(watch, (verdict) =>
      attempt.abort(new CosTimeoutError(request.origin, verdict, limits)),
    );
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
    const onTaken = (bytes: number): void => {
      watch.taken(bytes, steadyTime());
      if (bytes > 0) onSent?.(bytes);
    };
    const paced = pace && {
      grant: pace.grant,
      take: async (bytes: number) => {
        watch.hold(steadyTime());
        await pace.take(bytes, attempt.signal);
        watch.release(steadyTime());
      },
    };
    try {
      if (!hasBody) sendsLast();
      const answer = dispatcher.request({
        origin: request.origin,
        path: request.path,
        method: request.method,
        headers: request.headers,
        // undici takes any async iterable; its types name Readable only.
        body: hasBody
          ? (pieces(request.body, { onTaken, onLast: sendsLast, pace: paced }) as unknown as Readable)
          : null,
        signal: attempt.signal,
        // The watch above covers the whole attempt. undici's own timeouts would cut a Complete that COS
        // keeps alive with spaces, or a slow upload, at a moment that has no meaning here.
        headersTimeout: 0,
        bodyTimeout: 0,
        // undici's redirect interceptor would take a token, and an SSE-C key, to wherever an answer says.
        maxRedirections: 0,
      });
      const response = await Promise.race([answer, aborted]);
      answered = true;
      watch.received(steadyTime());
      refuseRedirected(response, request.origin);
      const headers = flattenHeaders(response.headers);
      onHeaders?.(headers);
      const body = await readBody(response.body, request.maxResponseBytes, () =>
        watch.received(steadyTime()),
      );
      return { statusCode: response.statusCode, headers, body };
    } catch (error) {
      if (attempt.signal.aborted) throw attempt.signal.reason;
      const answer = answerWithin(error);
      if (answer !== undefined) {
        onHeaders?.(answer.headers);
        return answer;
      }
      throw transportError(error, request.origin, {
        stale: !answered && this.#isStale(error),
        sent: answered || (hasBody ? fullySent : undefined),
        // An empty PUT may be out before anything shows it.
        unsent: !answered && !(hasBody ? fullySent : request.method === "PUT"),
      });
    } finally {
      stopWatching();
      stopListening();
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    for (const agent of await this.#openAgents()) await agent.close();
  }

  async destroy(): Promise<void> {
    this.#isClosed = true;
    for (const agent of await this.#openAgents()) await agent.destroy();
  }

  async #dispatcher(): Promise<Dispatcher> {
    if (this.#given !== undefined) return this.#given;
    if (this.#isClosed) throw closed();
    // undici takes a connection again after the global `setImmediate`, which never comes where tests have stopped it.
    if (timersAreReplaced()) {
      this.#unpooled ??= this.#createAgent({ pipelining: 0 });
      return await this.#unpooled;
    }
    this.#agent ??= this.#createAgent();
    return await this.#agent;
  }

  /** Those that were made. */
  async #openAgents(): Promise<Agent[]> {
    const agents = [this.#agent, this.#unpooled].map((agent) => agent?.catch(() => undefined));
    return (await Promise.all(agents)).filter((agent) => agent !== undefined);
  }

  /** undici takes longer to load than all of this library: it waits for the first request. */
  async #createAgent(options: { readonly pipelining?: number } = {}): Promise<Agent> {
    // By its file: Bun has something else under the package's name, in which requests fail. By its default: some bundlers give a CommonJS module no names.
    const { default: undici } = await loadDependency("undici", () => import("undici/index.js"));
    const { Agent, buildConnector } = undici;
    const connect = buildConnector({ timeout: this.#connectTimeout, allowH2: false });
    return new Agent({
      ...options,
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

/** Looks at an attempt when its watch says so. @returns What ends that. */
function follow(watch: AttemptWatch, onGivenUp: (verdict: GivenUp) => void): () => void {
  let timer: NodeJS.Timeout | undefined;
  let immediate: NodeJS.Immediate | undefined;
  const look = (isCertain: boolean): void => {
    const verdict = watch.verdict(steadyTime());
    if (!("givenUp" in verdict)) {
      timer = setTimeout(() => look(false), Math.min(Math.ceil(verdict.lookAgainIn), MAX_TIMER));
    } else if (isCertain) {
      onGivenUp(verdict);
    } else {
      // In a process that was busy, bytes may have come that it has not read yet: timers come first.
      immediate = setImmediate(() => look(true));
    }
  };
  look(false);
  return () => {
    clearTimeout(timer);
    clearImmediate(immediate);
  };
}

async function untilAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  let stopListening = (): void => {};
  const aborted = new Promise<never>((_, reject) => {
    stopListening = onAbort(signal, () => reject(signal.reason));
  });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    stopListening();
  }
}

function isOutOfDescriptors(error: unknown): boolean {
  const { cause } = Object(error) as { cause?: unknown };
  return ["EMFILE", "ENFILE"].includes(String((Object(cause) as NodeJS.ErrnoException).code));
}
