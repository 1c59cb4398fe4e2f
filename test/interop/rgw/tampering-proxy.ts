import { connect } from "node:net";
import type { TestContext } from "node:test";
import { serveSockets } from "../../support/raw-server.ts";

/** What befalls one request: its answer is lost, or a bit of its body is another when it arrives. */
export type Tampering = "answer lost" | "bit flipped";

/**
 * Stands between a client and a port, and tampers with the first request whose request line matches.
 *
 * @returns The port to speak to.
 */
export async function tamperOnce(
  t: TestContext,
  port: number,
  requestLine: RegExp,
  tampering: Tampering,
): Promise<number> {
  let isDone = false;
  const proxy = await serveSockets(t, (client) => {
    const server = connect(port, "127.0.0.1");
    let found = false;
    client.on("data", (chunk: Buffer) => {
      // A head comes in one chunk; the chunk after it is of the body.
      if (found && tampering === "bit flipped" && !isDone) {
        chunk[0]! ^= 1;
        isDone = true;
      }
      found ||= !isDone && requestLine.test(chunk.toString("latin1"));
      server.write(chunk);
    });
    server.on("data", (chunk: Buffer) => {
      if (found && tampering === "answer lost" && !isDone) {
        isDone = true;
        client.resetAndDestroy();
      } else client.write(chunk);
    });
    client.on("close", () => server.destroy());
    server.on("close", () => client.destroy()).on("error", () => client.destroy());
  });
  return proxy.port;
}
