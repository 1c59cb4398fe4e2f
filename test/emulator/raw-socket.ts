import { once } from "node:events";
import type { Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { connectTo, type Reachable, sign } from "./support.ts";

/** What came over a connection until it ended. */
export interface SocketAnswer {
  /** Of the first answer; undefined if there was none. */
  readonly status: number | undefined;
  readonly text: string;
  /** The first answer's body. */
  readonly body: Buffer;
  /** `<Code>` of an error. */
  readonly code: string | undefined;
}

/** What a client does once it has sent all it has to send. */
export type Farewell = "wait" | "half-close" | "half-close when answered" | "reset";

/**
 * Sends bytes as they are over a connection of their own, and reads until it is closed.
 *
 * @param farewell "wait" leaves the end to the server; one that waits, too, is left after two seconds. "half-close when answered"
 *   has less patience.
 */
export async function sendBytes(
  emulator: Reachable,
  pieces: readonly Uint8Array[],
  farewell: Farewell = "wait",
): Promise<SocketAnswer> {
  const socket = connectTo(emulator);
  const received: Buffer[] = [];
  socket.on("data", (chunk) => received.push(chunk));
  // A server may reset what it has refused.
  socket.on("error", () => {});
  await once(socket, "connect");
  await writePieces(socket, pieces);
  if (farewell === "half-close when answered") {
    await Promise.race([once(socket, "data"), sleep(30)]).catch(() => {});
  }
  if (farewell.startsWith("half-close")) socket.end();
  if (farewell === "reset") socket.resetAndDestroy();
  socket.setTimeout(2000, () => socket.destroy());
  if (!socket.closed) await new Promise((resolve) => socket.once("close", resolve));
  const bytes = Buffer.concat(received);
  const text = bytes.toString("latin1");
  const status = /^HTTP\/1\.1 (\d{3}) /.exec(text)?.[1];
  const head = text.indexOf("\r\n\r\n");
  return {
    status: status === undefined ? undefined : Number(status),
    text,
    body: head < 0 ? Buffer.alloc(0) : bytes.subarray(head + 4),
    code: /<Code>(.*?)<\/Code>/.exec(text)?.[1],
  };
}

/** One packet each, as far as that can be had. */
async function writePieces(socket: Socket, pieces: readonly Uint8Array[]): Promise<void> {
  for (const piece of pieces) {
    if (!socket.writable) return;
    await new Promise<void>((resolve) => socket.write(piece, () => setImmediate(resolve)));
  }
}

/** A signed PUT of "key" with these lines and this body, whatever they are. */
export function signedPut(emulator: Reachable, lines: readonly string[], body: string): Buffer {
  const { host } = new URL(emulator.url);
  const head = [
    "PUT /key HTTP/1.1",
    `Host: ${host}`,
    `Authorization: ${sign(emulator, { method: "PUT", key: "key" })}`,
    ...lines,
  ];
  return Buffer.from(`${head.join("\r\n")}\r\n\r\n${body}`, "latin1");
}
