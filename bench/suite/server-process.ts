import { type ChildProcess, fork, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import type { Delivery } from "../server/ledger.ts";
import { BUILT, CERTIFICATE, PRIVATE_KEY } from "./paths.ts";

export interface ServerOptions {
  readonly tls?: boolean;
  /** Hold the bytes that arrive, and tell their SHA-256. */
  readonly keep?: boolean;
  /** Address to listen on. Default 127.0.0.1. */
  readonly host?: string;
  /** Milliseconds between a request and its answer. Default 0. */
  readonly delay?: number;
  /** Network namespace to run in. */
  readonly namespace?: string;
}

export interface Account {
  readonly deliveries: readonly Delivery[];
  /** Processor seconds of the server since the last account. */
  readonly cpu: number;
}

/** The server in a process of its own. */
export class ServerProcess {
  readonly url: string;
  readonly #child: ChildProcess;
  #cpu = 0;

  private constructor(url: string, child: ChildProcess) {
    this.url = url;
    this.#child = child;
  }

  static async start(options: ServerOptions = {}): Promise<ServerProcess> {
    const { tls = false, keep = false, host = "127.0.0.1", delay = 0, namespace } = options;
    const file = join(BUILT, "server/main.js");
    const args = ["--host", host, "--delay", String(delay), ...(keep ? ["--keep"] : [])];
    if (tls) args.push("--key", PRIVATE_KEY, "--cert", CERTIFICATE);
    const child =
      namespace === undefined
        ? fork(file, args, { execArgv: [] })
        : spawn("ip", ["netns", "exec", namespace, process.execPath, file, ...args], {
            stdio: ["ignore", "inherit", "inherit", "ipc"],
          });
    const [{ port }] = (await once(child, "message")) as [{ port: number }];
    return new ServerProcess(`${tls ? "https" : "http"}://${host}:${port}`, child);
  }

  /** What arrived since it was last asked. */
  async take(): Promise<Account> {
    this.#child.send("take");
    const [{ deliveries, cpu }] = (await once(this.#child, "message")) as [Account];
    const account = { deliveries, cpu: cpu - this.#cpu };
    this.#cpu = cpu;
    return account;
  }

  close(): void {
    this.#child.disconnect();
  }
}
