import { type ChildProcess, spawn } from "node:child_process";
import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { ENVIRONMENT } from "./packages.ts";

/** Milliseconds in which a daemon is ready, however busy the machine. */
const TIMEOUT = 120_000;

/** A server in the foreground. It ends with this process, however that ends. */
export class Daemon {
  readonly #program: string;
  readonly #child: ChildProcess;
  readonly #closed: Promise<void>;
  #output = "";
  #isOver = false;

  constructor(program: string, args: readonly string[]) {
    this.#program = program;
    // In a process group of its own: a Ctrl-C on the terminal is for us, who then end it in order.
    this.#child = spawn("setpriv", ["--pdeathsig", "KILL", program, ...args], {
      env: ENVIRONMENT,
      detached: true,
      stdio: ["ignore", "pipe", "pipe"],
    });
    for (const stream of [this.#child.stdout!, this.#child.stderr!]) {
      stream.setEncoding("utf8").on("data", (text: string) => {
        this.#output = (this.#output + text).slice(-2000);
      });
    }
    this.#closed = new Promise((resolve) => {
      const over = (): void => {
        this.#isOver = true;
        resolve();
      };
      this.#child.on("error", over).on("close", over);
    });
  }

  /** Waits until it does what it is there for. */
  async ready(isReady: () => Promise<boolean>, signal: AbortSignal): Promise<void> {
    for (const start = Date.now(); !(await isReady()); await sleep(50, undefined, { signal })) {
      if (this.#isOver) throw new Error(`${this.#program} ended: ${this.#output}`);
      if (Date.now() - start > TIMEOUT) throw new Error(`${this.#program} is not ready: ${this.#output}`);
    }
  }

  /** At once: nothing of what it has is kept. */
  async kill(): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#closed;
  }
}

/** Whether something listens on a port of this machine. */
export async function isListening(port: number): Promise<boolean> {
  return await new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.on("connect", () => resolve(true)).on("error", () => resolve(false));
    socket.on("connect", () => socket.destroy());
  });
}
