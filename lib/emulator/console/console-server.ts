import { randomBytes } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { pipeline } from "node:stream/promises";
import type { FaultRule, FaultRuleOptions } from "../faults/fault.ts";
import { consolePage } from "./page.ts";
import { CHANGE_HEADER } from "./page-script.ts";
import { snapshot, type Watched } from "./snapshot.ts";

/** A fault rule is short. */
const MOST_BODY_BYTES = 64 * 1024;

/** What the console answers. */
interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

/**
 * A page that shows what an emulator holds and does, and switches faults.
 *
 * It listens on this machine only. No page of another site can use it: its address has a secret, its Host must be this
 * machine's, and what changes something needs a header that no form and no simple request can have.
 */
export class ConsoleServer {
  readonly #watched: Watched;
  readonly #secret = randomBytes(16).toString("base64url");
  readonly #server: Server;
  readonly #ids = new WeakMap<FaultRule, number>();
  #lastId = 0;
  #host = "";

  constructor(watched: Watched) {
    this.#watched = watched;
    this.#server = createServer((request, response) => {
      this.#answer(request, response).catch(() => response.destroy());
    });
  }

  /**
   * @returns The address of the page.
   * @throws The error of listening, such as `EADDRINUSE`.
   */
  async listen(port: number): Promise<string> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once("error", reject);
      this.#server.listen(port, "127.0.0.1", resolve);
    });
    this.#host = `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
    return `http://${this.#host}/${this.#secret}/`;
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#server.closeAllConnections();
    await closed;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? "/", `http://${this.#host}`);
    const [, secret, ...rest] = url.pathname.split("/");
    // A name of another site may lead to this machine: then the Host is that name.
    const isOwn = request.headers.host === this.#host && secret === this.#secret;
    const route = `${request.method} ${rest.join("/")}`;
    if (isOwn && route === "GET object") return await this.#download(url, response);
    const nonce = randomBytes(16).toString("base64url");
    const answer = isOwn ? await this.#route(route, request, nonce) : notFound();
    response.writeHead(answer.status, {
      "Content-Type": answer.type,
      "Content-Length": Buffer.byteLength(answer.body),
      "Content-Security-Policy": `default-src 'none'; script-src 'nonce-${nonce}'; style-src 'nonce-${nonce}'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
      ...COMMON_HEADERS,
    });
    response.end(answer.body);
  }

  async #route(route: string, request: IncomingMessage, nonce: string): Promise<Answer> {
    if (route === "GET ") return { status: 200, type: "text/html; charset=utf-8", body: consolePage(nonce) };
    if (route === "GET state")
      return json(
        200,
        snapshot(this.#watched, (rule) => this.#idOf(rule)),
      );
    if (request.headers[CHANGE_HEADER] === undefined) return notFound();
    if (route === "POST faults") return this.#addFault(await readBody(request));
    const [, id] = /^DELETE faults\/(\d+)$/.exec(route) ?? [];
    const rule = this.#watched.faults.rules.find((rule) => this.#idOf(rule) === Number(id));
    if (rule === undefined) return notFound();
    rule.remove();
    return json(200, {});
  }

  #addFault(body: string): Answer {
    try {
      const { times, ...rule } = JSON.parse(body) as FaultRuleOptions & { times?: number | null };
      // JSON has no Infinity.
      this.#watched.faults.add({ ...rule, times: times ?? Number.POSITIVE_INFINITY });
      return json(201, {});
    } catch (error) {
      return json(400, { message: error instanceof Error ? error.message : String(error) });
    }
  }

  /** Stored by anybody: shown as nothing but a file. */
  async #download(url: URL, response: ServerResponse): Promise<void> {
    const { store } = this.#watched;
    const key = url.searchParams.get("key") ?? "";
    const object = store.object(url.searchParams.get("bucket") ?? "", key);
    if (object === undefined) {
      response.writeHead(404, COMMON_HEADERS).end();
      return;
    }
    const name = encodeURIComponent(key.slice(key.lastIndexOf("/") + 1) || "object").replace(/['()*]/g, "_");
    response.writeHead(200, {
      "Content-Type": "application/octet-stream",
      "Content-Length": object.size,
      "Content-Disposition": `attachment; filename*=UTF-8''${name}`,
      "Content-Security-Policy": "sandbox",
      ...COMMON_HEADERS,
    });
    await pipeline(store.read(object), response);
  }

  #idOf(rule: FaultRule): number {
    const known = this.#ids.get(rule);
    if (known !== undefined) return known;
    this.#lastId += 1;
    this.#ids.set(rule, this.#lastId);
    return this.#lastId;
  }
}

const COMMON_HEADERS = {
  "Cache-Control": "no-store",
  "Cross-Origin-Resource-Policy": "same-origin",
  "Referrer-Policy": "no-referrer",
  "X-Content-Type-Options": "nosniff",
};

function json(status: number, value: object): Answer {
  return { status, type: "application/json", body: JSON.stringify(value) };
}

function notFound(): Answer {
  return {
    status: 404,
    type: "text/plain; charset=utf-8",
    body: "Nothing here. The emulator printed the address.",
  };
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.byteLength;
    if (size > MOST_BODY_BYTES) throw new Error("The body is too long.");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}
