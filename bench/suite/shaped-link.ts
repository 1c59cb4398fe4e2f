import { execFileSync } from "node:child_process";

const RATE = "1gbit";
/** Milliseconds each way. */
const DELAY = 20;
/** Addresses set aside for benchmarks (RFC 2544). */
const CLIENT = "198.18.0.1";
const SERVER = "198.18.0.2";

/** A link of its own between two network namespaces, as slow as a network is. Needs root, and Linux. */
export class ShapedLink {
  readonly namespace: string = `cos-bench-${process.pid}`;
  readonly host: string = SERVER;
  readonly description: string;
  /** Milliseconds that the server has to wait before it answers, as the link cannot. */
  readonly delay: number;

  private constructor() {
    const near = `cosb${process.pid}a`;
    const far = `cosb${process.pid}b`;
    ip("netns", "add", this.namespace);
    try {
      ip("link", "add", near, "type", "veth", "peer", "name", far);
      ip("link", "set", far, "netns", this.namespace);
      ip("addr", "add", `${CLIENT}/30`, "dev", near);
      ip("link", "set", near, "up");
      this.#inside("ip", "addr", "add", `${SERVER}/30`, "dev", far);
      this.#inside("ip", "link", "set", far, "up");
      const netem = ["root", "netem", "delay", `${DELAY}ms`, "rate", RATE, "limit", "20000"];
      try {
        run("tc", ["qdisc", "add", "dev", near, ...netem]);
        this.#inside("tc", "qdisc", "add", "dev", far, ...netem);
        this.delay = 0;
        this.description = `${RATE}, ${DELAY} ms each way (tc netem)`;
      } catch {
        const bucket = ["root", "tbf", "rate", RATE, "burst", "512kb", "latency", "50ms"];
        run("tc", ["qdisc", "add", "dev", near, ...bucket]);
        this.delay = 2 * DELAY;
        this.description = `${RATE} (tc tbf); this kernel has no netem to delay packets, so the server delays each answer by ${this.delay} ms instead`;
      }
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /** @throws When this machine does not allow it. */
  static open(): ShapedLink {
    return new ShapedLink();
  }

  close(): void {
    ip("netns", "del", this.namespace);
  }

  #inside(...command: readonly string[]): void {
    ip("netns", "exec", this.namespace, ...command);
  }
}

function ip(...args: readonly string[]): void {
  run("ip", args);
}

function run(command: string, args: readonly string[]): void {
  execFileSync(command, args, { stdio: ["ignore", "ignore", "pipe"] });
}
