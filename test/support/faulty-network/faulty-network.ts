import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import type { Injected, LinkPlan, NetworkPlan } from "./plan.ts";
import { Way } from "./way.ts";

/** Ports below those that systems give out by themselves: one that is let go for a while is not taken by anybody else. */
const FIRST_PORT = 20_000;
const PORTS = 10_000;

/**
 * A TCP proxy on this machine that is as bad a network as its plan says. It knows no HTTP but where the bodies of requests are,
 * and the same plan does the same to the same bytes.
 */
export class FaultyNetwork {
  readonly port: number;
  readonly #target: { readonly host: string; readonly port: number };
  readonly #plan: NetworkPlan;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #ways = new Set<Promise<unknown>>();
  readonly #closing = new AbortController();
  readonly #injected = new Map<Injected, number>();
  #clients = 0;
  #links = 0;
  #pause: Promise<void> = Promise.resolve();

  private constructor(server: Server, port: number, target: URL, plan: NetworkPlan) {
    this.#server = server;
    this.port = port;
    this.#target = { host: target.hostname, port: Number(target.port) };
    this.#plan = plan;
    server.on("connection", (socket) => this.#accept(socket));
  }

  /** Opens a way to the server at `target`. */
  static async open(target: string, plan: NetworkPlan): Promise<FaultyNetwork> {
    const server = createServer({ allowHalfOpen: true });
    const start = Math.floor(Math.random() * PORTS);
    for (let tried = 0; ; tried++) {
      const port = FIRST_PORT + ((start + tried) % PORTS);
      if (!(await listen(server, port)) && tried < PORTS) continue;
      const network = new FaultyNetwork(server, port, new URL(target), plan);
      network.#refuse();
      return network;
    }
  }

  /** The server's origin, seen through the network. */
  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** What was done so far, and how often. */
  get injected(): ReadonlyMap<Injected, number> {
    return this.#injected;
  }

  /** Connections made so far. */
  get links(): number {
    return this.#links;
  }

  /** Sockets of clients that are open now. */
  get clients(): number {
    return this.#clients;
  }

  /** Resolves when nothing is on its way any more. Clients are to have closed their sockets. */
  async settled(): Promise<void> {
    while (this.#ways.size > 0) await Promise.all(this.#ways);
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#pause;
    const closed = this.#server.listening ? once(this.#server, "close") : undefined;
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    await Promise.all([closed, this.settled()]);
  }

  #accept(client: Socket): void {
    const { links, others = {} } = this.#plan;
    const plan = links[this.#links++] ?? others;
    const server = connect({ ...this.#target, allowHalfOpen: true, noDelay: true });
    client.setNoDelay(true);
    this.#clients += 1;
    client.once("close", () => {
      this.#clients -= 1;
    });
    this.#relay(client, server, plan);
    this.#refuse();
  }

  #relay(client: Socket, server: Socket, { up = {}, down = {} }: LinkPlan): void {
    for (const socket of [client, server]) {
      this.#sockets.add(socket);
      // Broken connections are what this is for.
      socket.on("error", () => {}).once("close", () => this.#sockets.delete(socket));
    }
    const hit = (kind: Injected): void => void this.#injected.set(kind, (this.#injected.get(kind) ?? 0) + 1);
    const reset = (): void => {
      client.resetAndDestroy();
      server.resetAndDestroy();
    };
    const there = new Way({ from: client, to: server, plan: up, direction: "up", hit, reset }).run();
    const back = new Way({ from: server, to: client, plan: down, direction: "down", hit, reset }).run();
    // A client that has gone reads no answers: once all it sent is delivered, the server is to see that.
    const over = Promise.all([there, back]).then(() => {
      client.destroy();
      server.destroy();
    });
    this.#ways.add(over);
    void over.finally(() => this.#ways.delete(over));
  }

  /** Lets the port go for as long as the plan says; connections that are there live on. */
  #refuse(): void {
    const refusal = this.#plan.refusals?.find(({ afterLinks }) => afterLinks === this.#links);
    if (refusal === undefined || !this.#server.listening) return;
    this.#injected.set("refused", (this.#injected.get("refused") ?? 0) + 1);
    this.#server.close();
    this.#pause = sleep(refusal.milliseconds, undefined, { signal: this.#closing.signal }).then(
      async () => {
        while (!this.#closing.signal.aborted && !(await listen(this.#server, this.port))) await sleep(5);
      },
      () => {},
    );
  }
}

/** Returns whether the port was free. */
async function listen(server: Server, port: number): Promise<boolean> {
  return await new Promise((resolve, reject) => {
    const onError = (error: NodeJS.ErrnoException): void => {
      server.removeListener("listening", onListening);
      if (error.code === "EADDRINUSE") resolve(false);
      else reject(error);
    };
    const onListening = (): void => {
      server.removeListener("error", onError);
      resolve(true);
    };
    server.once("error", onError).once("listening", onListening).listen(port, "127.0.0.1");
  });
}
