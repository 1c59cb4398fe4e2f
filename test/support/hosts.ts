import type { Socket } from "node:net";
import type { TestContext } from "node:test";
import { Agent, buildConnector } from "undici";
import type { Emulator } from "../../lib/emulator/index.ts";
import { CosClient, type CosClientOptions } from "../../lib/index.ts";
import { AT_ONCE } from "./client.ts";
import { useEmulator } from "./emulator.ts";
import { OPERATIONS } from "./hostile.ts";
import { onRequests, serveSockets } from "./raw-server.ts";

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

/** Attempts that the clients of {@link usePlace} make. */
export const ATTEMPTS = 3;
/** What every answer of COS has. */
export const MARK = { "x-cos-request-id": "id" } as const;

export interface Place {
  readonly emulator: Emulator;
  readonly hosts: Hosts;
  readonly options: CosClientOptions;
  /** Hosts that requests came to, in order. */
  readonly visits: string[];
}

/** A bucket whose usual host is a server that answers badly, and whose backup host is the emulator. */
export async function usePlace(
  t: TestContext,
  respond: string | ((socket: Socket) => void),
  more: Partial<CosClientOptions> = {},
): Promise<Place> {
  const emulator = await useEmulator(t);
  const visits: string[] = [];
  const usual = await serveSockets(t, (socket) =>
    onRequests(socket, () => {
      visits.push(USUAL);
      if (typeof respond === "string") socket.end(respond);
      else respond(socket);
    }),
  );
  const hosts = useHosts(t, { [USUAL]: usual.url, [BACKUP]: emulator.url });
  const { bucket, credentials } = emulator.target;
  const { dispatcher } = hosts;
  const retry = { maxAttempts: ATTEMPTS, ...AT_ONCE };
  return {
    emulator,
    hosts,
    visits,
    options: { bucket, region: "ap-beijing", credentials, dispatcher, retry, ...more },
  };
}

export const put = (client: CosClient): Promise<unknown> => OPERATIONS.PutObject!(client);

/** Where a Put Object ends that cannot succeed at the usual host. */
export async function putOf(place: Place, more: Partial<CosClientOptions> = {}): Promise<string[]> {
  await using client = new CosClient({ ...place.options, ...more });
  await put(client).catch(() => {});
  return [...place.visits, ...place.emulator.requests.map(({ headers }) => headers.host!)];
}
