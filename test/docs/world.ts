import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import type { TestContext } from "node:test";
import type { EmulatorCredentials } from "../../lib/emulator/index.ts";

/** What the examples reach beside COS: a web site with one file, and the Security Token Service. */
export interface World {
  /** `127.0.0.1:port`. */
  readonly host: string;
}

/** Starts it for one test, on this machine. */
export async function startWorld(
  t: TestContext,
  file: Uint8Array,
  credentials: EmulatorCredentials,
): Promise<World> {
  const server = createServer((request, response) => {
    if (request.method === "GET") response.end(file);
    else
      void issueKeys(request, credentials).then(
        (answer) => response.setHeader("Content-Type", "application/json").end(answer),
        (error) => response.writeHead(400).end(String(error)),
      );
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => close(server));
  return { host: `127.0.0.1:${(server.address() as AddressInfo).port}` };
}

/**
 * Answers GetFederationToken as the service does.
 *
 * @see https://www.tencentcloud.com/document/product/1312/48195
 */
async function issueKeys(
  request: IncomingMessage,
  { secretId, secretKey, securityToken }: EmulatorCredentials,
): Promise<string> {
  const { Name, Policy, DurationSeconds } = JSON.parse(await text(request));
  const isAsked =
    request.headers["x-tc-action"] === "GetFederationToken" &&
    /^TC3-HMAC-SHA256 Credential=/.test(request.headers.authorization ?? "") &&
    /^[a-zA-Z]+$/.test(Name) &&
    JSON.parse(decodeURIComponent(Policy)).version === "2.0";
  if (!isAsked) throw new Error("not a request for GetFederationToken");
  const end = Math.floor(Date.now() / 1000) + DurationSeconds;
  const keys = { TmpSecretId: secretId, TmpSecretKey: secretKey, Token: securityToken };
  return JSON.stringify({
    Response: {
      Credentials: keys,
      ExpiredTime: end,
      Expiration: new Date(end * 1000).toISOString(),
      RequestId: "3c140219-cfe9-470e-b241-907877d6fb03",
    },
  });
}

async function close(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise((resolve) => void server.close(resolve));
}
