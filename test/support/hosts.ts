import type { TestContext } from "node:test";
import { Agent, buildConnector } from "undici";

/** The names of the bucket that tests have, and of the other domain of the same. */
export const USUAL = "examplebucket-1250000000.cos.ap-beijing.myqcloud.com";
export const BACKUP = "examplebucket-1250000000.cos.ap-beijing.tencentcos.cn";

export interface Hosts {
  /** Connects to servers of this machine by the names of COS: no DNS, no TLS, everything else as it is. */
  readonly dispatcher: Agent;
  /** The names that were asked for, in order, one for each connection. */
  readonly connected: readonly string[];
}

/** Servers (`http://127.0.0.1:PORT`) under names; any other name does not exist. */
export function useHosts(t: TestContext, servers: Readonly<Record<string, string>>): Hosts {
  const connected: string[] = [];
  const connector = buildConnector({});
  const dispatcher = new Agent({
    connect: (options, callback) => {
      connected.push(options.hostname);
      const server = servers[options.hostname];
      if (server === undefined) {
        const unknown = Object.assign(new Error(`getaddrinfo ENOTFOUND ${options.hostname}`), {
          code: "ENOTFOUND",
        });
        return setImmediate(() => callback(unknown, null));
      }
      const { hostname, port } = new URL(server);
      connector({ ...options, protocol: "http:", hostname, port }, callback);
    },
  });
  t.after(() => dispatcher.destroy());
  return { dispatcher, connected };
}
