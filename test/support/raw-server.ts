import { createServer as createHttpServer, type RequestListener } from "node:http";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import type { TestContext } from "node:test";
import "./leaks.ts";

/** A server of the test's own, closed with it. */
export interface TestServer {
  readonly port: number;
  /** `http://127.0.0.1:PORT`. */
  readonly url: string;
}

/** Serves bare sockets, for answers that no HTTP server would send. */
export async function serveSockets(
  t: TestContext,
  onConnection: (socket: Socket) => void,
): Promise<TestServer> {
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    open.add(socket);
    socket.on("close", () => open.delete(socket));
    // A client that leaves in the middle is what many of these tests are about.
    socket.on("error", () => {});
    onConnection(socket);
  });
  return await listen(t, server, () => {
    for (const socket of open) socket.destroy();
  });
}

/** Serves HTTP. */
export async function serveHttp(t: TestContext, listener: RequestListener): Promise<TestServer> {
  const server = createHttpServer(listener);
  return await listen(t, server, () => server.closeAllConnections());
}

/** A request as it came over a socket. */
export interface RecordedRequest {
  readonly requestLine: string;
  /** In order, names as they were sent. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: Buffer;
}

/**
 * Reads requests with a Content-Length (or none) off a socket, one after another, and calls back with each, exactly
 * as it was received.
 */
export function onRequests(
  socket: Socket,
  callback: (request: RecordedRequest, number: number) => void,
): void {
  let received: Buffer = Buffer.alloc(0);
  let count = 0;
  socket.on("data", (chunk: Buffer) => {
    received = Buffer.concat([received, chunk]);
    for (;;) {
      const end = received.indexOf("\r\n\r\n");
      if (end < 0) return;
      const [requestLine = "", ...lines] = received.subarray(0, end).toString("latin1").split("\r\n");
      const headers = lines.map((line) => /^([^:]+): ?(.*)$/.exec(line)!.slice(1) as [string, string]);
      const length = Number(headers.find(([name]) => name.toLowerCase() === "content-length")?.[1] ?? 0);
      if (received.length < end + 4 + length) return;
      const body = received.subarray(end + 4, end + 4 + length);
      received = received.subarray(end + 4 + length);
      count += 1;
      callback({ requestLine, headers, body }, count);
    }
  });
}

/** An HTTP/1.1 answer as text. */
export function answer(status: string, headers: Readonly<Record<string, string>> = {}, body = ""): string {
  const all = { "Content-Length": String(Buffer.byteLength(body)), ...headers };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}`);
  return `HTTP/1.1 ${status}\r\n${lines.join("\r\n")}\r\n\r\n${body}`;
}

async function listen(t: TestContext, server: Server, drop: () => void): Promise<TestServer> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(async () => {
    const closed = new Promise((resolve) => server.close(resolve));
    drop();
    await closed;
  });
  const { port } = server.address() as AddressInfo;
  return { port, url: `http://127.0.0.1:${port}` };
}
