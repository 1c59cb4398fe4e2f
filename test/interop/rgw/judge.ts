import { Agent, buildConnector, type Dispatcher } from "undici";
import { encodePath, encodeQuery } from "../../../lib/cos/encoding.ts";
import type { CosClientOptions, CustomSigner } from "../../../lib/index.ts";
import { KEYS } from "../../support/client.ts";
import { type SigV4Keys, sigV4Signer } from "./sigv4.ts";

/** The environment variable that tells the tests of their judge. */
export const JUDGE = "COS_RGW_JUDGE";

/** Where the gateway is, and the keys of one who may do anything there. */
export interface Judge {
  readonly bucket: string;
  readonly domain: string;
  readonly gatewayPort: number;
  readonly proxyPort: number;
  readonly keys: SigV4Keys;
}

/** The way in which a client speaks to the gateway. */
export interface Way {
  readonly name: string;
  readonly port: number;
  readonly options: CosClientOptions & { readonly endpoint: string };
  readonly signer: CustomSigner | undefined;
}

/** As it is, through a proxy that drops its signature. */
export function throughProxy({ bucket, proxyPort }: Judge): Way {
  const endpoint = `http://127.0.0.1:${proxyPort}`;
  return {
    name: "as a COS client",
    port: proxyPort,
    options: { bucket, region: "ap-beijing", endpoint, credentials: KEYS },
    signer: undefined,
  };
}

/** With a signature that the gateway checks. */
export function directly({ bucket, domain, gatewayPort, keys }: Judge): Way {
  const endpoint = `http://{bucket}.${domain}:${gatewayPort}`;
  const signer = sigV4Signer(keys);
  return {
    name: "with a SigV4 signer",
    port: gatewayPort,
    options: { bucket, region: "us-east-1", endpoint, signer },
    signer,
  };
}

/** An Agent that connects to a port of this machine, whatever the host is called. */
export function agentTo(port: number): Agent {
  const connect = buildConnector({});
  return new Agent({
    connect: (options, callback) =>
      connect({ ...options, hostname: "127.0.0.1", port: String(port) }, callback),
  });
}

/** A request that no client of ours would send. */
export interface RawRequest {
  readonly method: Dispatcher.HttpMethod;
  readonly key?: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}

/** Its answer. */
export interface RawAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
  /** The `<Code>` of an error. */
  readonly code: string | undefined;
}

/** Sends a request past the library, signed as the way has it. */
export async function sendRaw(
  { options: { bucket, endpoint }, signer }: Way,
  dispatcher: Dispatcher,
  { method, key = "", query = {}, headers = {}, body }: RawRequest,
): Promise<RawAnswer> {
  const { origin, host } = new URL(endpoint.replace("{bucket}", bucket));
  const path = encodePath(key) + encodeQuery(query);
  const all = { Host: host, ...headers };
  const signed = await signer?.({ method, origin, host, path, key, query, headers: all });
  const answer = await dispatcher.request({
    origin,
    method,
    path,
    headers: { ...all, ...signed },
    body: body ?? null,
  });
  const bytes = Buffer.from(await answer.body.arrayBuffer());
  const code = /<Code>(\w+)<\/Code>/.exec(bytes.toString("utf8"))?.[1];
  return { status: answer.statusCode, headers: answer.headers, body: bytes, code };
}
