import type { Link } from "./case.ts";
import { ServerProcess } from "./server-process.ts";
import { ShapedLink } from "./shaped-link.ts";

/** One server a link, started when it is first needed. */
export class Servers {
  /** What the shaped link is like, or why there is none. */
  shape = "not tried";
  readonly #started = new Map<Link, ServerProcess>();
  #link: ShapedLink | undefined;

  /** Undefined when this machine cannot make such a link. */
  async get(link: Link): Promise<ServerProcess | undefined> {
    const started = this.#started.get(link);
    if (started !== undefined) return started;
    const server =
      link === "shaped" ? await this.#startBehindLink() : await ServerProcess.start({ tls: link === "tls" });
    if (server !== undefined) this.#started.set(link, server);
    return server;
  }

  close(): void {
    for (const server of this.#started.values()) server.close();
    this.#started.clear();
    this.#link?.close();
    this.#link = undefined;
  }

  async #startBehindLink(): Promise<ServerProcess | undefined> {
    try {
      this.#link = ShapedLink.open();
    } catch (error) {
      this.shape = `left out: ${error instanceof Error ? error.message : error}`;
      return undefined;
    }
    this.shape = this.#link.description;
    return ServerProcess.start(this.#link);
  }
}
