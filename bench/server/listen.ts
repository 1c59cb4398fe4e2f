import { readFileSync } from "node:fs";
import { createServer, type Server, Socket, type SocketConstructorOpts } from "node:net";
import { createServer as createTlsServer } from "node:tls";

/** Bytes read at once. More are not cheaper: they no longer fit the processor's cache. */
const READ_SIZE = 256 * 1024;

/** One connection: `take` is given what arrives. */
export type Serve = (send: (answer: string) => void) => { take(buffer: Buffer, length: number): void };

/**
 * Every read of every connection goes into one buffer. Node offers that for sockets one opens, not for those one accepts, so
 * an accepted socket's handle is moved to a socket made with `onread`; it halves the server's cost.
 */
export function createPlainServer(serve: Serve): Server {
  const buffer = Buffer.allocUnsafeSlow(READ_SIZE);
  return createServer({ pauseOnConnect: true }, (accepted) => {
    const holder = accepted as unknown as { _handle: unknown };
    const options = {
      handle: holder._handle,
      onread: {
        buffer,
        callback(length: number): boolean {
          connection.take(buffer, length);
          return true;
        },
      },
    };
    holder._handle = null;
    const socket = new Socket(options as SocketConstructorOpts);
    const connection = serve((answer) => socket.write(answer, "latin1"));
    socket.on("error", () => {});
    socket.setNoDelay(true);
    socket.read(0);
  });
}

/** TLS hands out records as they are decrypted; there is no cheaper way to them than events. */
export function createSecureServer(serve: Serve, keyFile: string, certFile: string): Server {
  return createTlsServer({ key: readFileSync(keyFile), cert: readFileSync(certFile) }, (socket) => {
    const connection = serve((answer) => socket.write(answer, "latin1"));
    socket.on("data", (chunk) => connection.take(chunk, chunk.length));
    socket.on("error", () => {});
    socket.setNoDelay(true);
  });
}
