import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { Exchange, type Surroundings } from "./exchange.ts";
import { Faults } from "./faults/script.ts";
import { handle } from "./handle.ts";
import type { RequestEntry } from "./received-request.ts";
import { errorXml } from "./reply.ts";

/** Old entries are dropped: an emulator may run for weeks. */
const KEPT_REQUESTS = 100_000;

/** Owns the sockets: turns requests into exchanges and waits for all of them at the end. */
export class HttpServer {
  readonly faults: Faults = new Faults();
  readonly requests: RequestEntry[] = [];
  readonly #surroundings: Surroundings;
  readonly #server: Server;
  readonly #running = new Set<Promise<void>>();
  readonly #bySocket = new WeakMap<object, Exchange>();
  #received = 0;

  constructor(surroundings: Surroundings) {
    this.#surroundings = surroundings;
    const { keepAliveTimeout } = surroundings.settings;
    // No time limit for a request: a part can take hours on a slow link.
    this.#server = createServer({ requestTimeout: 0, keepAliveTimeout })
      .on("request", (request, response) => this.#accept(request, response, false))
      .on("checkContinue", (request, response) => this.#accept(request, response, true))
      .on("clientError", (error, socket) => this.#refuse(error, socket as Socket));
  }

  /** Listens and returns the origin to connect to. */
  async listen(): Promise<string> {
    const { host, port } = this.#surroundings.settings;
    await new Promise<void>((resolve, reject) => {
      this.#server.once("error", (error: NodeJS.ErrnoException) => reject(explain(error, host, port)));
      this.#server.listen(port, host, resolve);
    });
    return origin(this.#server.address() as AddressInfo);
  }

  /** Ends all connections, and waits until no request is being carried out. */
  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#server.closeAllConnections();
    await closed;
    while (this.#running.size > 0) await Promise.all(this.#running);
  }

  #accept(request: IncomingMessage, response: ServerResponse, awaitsContinue: boolean): void {
    const id = ++this.#received;
    const exchange = new Exchange(this.#surroundings, this.faults, { request, response, id, awaitsContinue });
    this.requests.push(exchange.entry);
    if (this.requests.length > KEPT_REQUESTS) this.requests.shift();
    this.#bySocket.set(request.socket, exchange);
    const work = handle(exchange).finally(() => this.#running.delete(work));
    this.#running.add(work);
  }

  /** Answers bytes that are not HTTP, and a body that ended before its Content-Length. */
  #refuse(error: NodeJS.ErrnoException, socket: Socket): void {
    const last = this.#bySocket.get(socket);
    // The request before is complete: the wrong bytes came after it.
    const exchange = last?.request.complete && last.response.writableFinished ? undefined : last;
    if (!socket.writable || error.code === "ECONNRESET" || (exchange && !isAnswerable(exchange))) {
      socket.destroy();
      return;
    }
    const code = exchange ? "IncompleteBody" : "BadRequest";
    const xml = exchange
      ? errorXml(exchange, {
          code,
          message: "The request body ended before its Content-Length, or was not valid HTTP.",
        })
      : `<?xml version="1.0" encoding="utf-8" ?><Error><Code>${code}</Code><Message>Not HTTP/1.1.</Message></Error>`;
    if (exchange) Object.assign(exchange.entry, { statusCode: 400, code });
    // No exchange watches this connection any more, and the client may never end it.
    socket.setTimeout(this.#surroundings.settings.keepAliveTimeout, () => socket.destroy());
    socket.end(
      `HTTP/1.1 400 Bad Request\r\nContent-Type: application/xml\r\nServer: tencent-cos\r\n${
        exchange ? `x-cos-request-id: ${exchange.entry.requestId}\r\n` : ""
      }Connection: close\r\nContent-Length: ${Buffer.byteLength(xml)}\r\n\r\n${xml}`,
    );
  }
}

/** Whether an error about a broken body can still be answered. */
function isAnswerable({ request, response, fault }: Exchange): boolean {
  return !request.complete && !response.headersSent && fault?.kind !== "stall";
}

function origin(address: AddressInfo): string {
  // A client cannot connect to an address that means all addresses.
  const host = { "0.0.0.0": "127.0.0.1", "::": "::1" }[address.address] ?? address.address;
  return `http://${host.includes(":") ? `[${host}]` : host}:${address.port}`;
}

function explain(error: NodeJS.ErrnoException, host: string, port: number): Error {
  const hint =
    error.code === "EADDRINUSE"
      ? "the port is in use; port 0 takes a free one"
      : (error.code ?? "unknown error");
  const explained = new Error(`The emulator can't listen on ${host} port ${port}: ${hint}.`, {
    cause: error,
  });
  return Object.assign(explained, { code: error.code });
}
