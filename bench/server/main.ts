/**
 * The server that everything is measured against, a process of its own: reads bodies whole, drops them, answers.
 * Sends its port when it listens; to any message it answers what arrived since the last one.
 */
import { parseArgs } from "node:util";
import { answer } from "./answers.ts";
import { Framing } from "./framing.ts";
import { Ledger } from "./ledger.ts";
import { createPlainServer, createSecureServer, type Serve } from "./listen.ts";

const { values } = parseArgs({
  options: {
    host: { type: "string", default: "127.0.0.1" },
    /** Hold the bytes, and tell their SHA-256. */
    keep: { type: "boolean", default: false },
    key: { type: "string" },
    cert: { type: "string" },
    /** Milliseconds between a request and its answer: a round trip, where the network cannot be made to take one. */
    delay: { type: "string", default: "0" },
  },
});
const ledger = new Ledger(values.keep);
const delay = Number(values.delay);

const serve: Serve = (send) =>
  new Framing(values.keep, {
    onContinue: () => send("HTTP/1.1 100 Continue\r\n\r\n"),
    onRequest(exchange) {
      const text = answer(exchange, ledger);
      if (delay === 0) send(text);
      else setTimeout(send, delay, text);
    },
  });

const { key, cert } = values;
const server =
  key === undefined || cert === undefined ? createPlainServer(serve) : createSecureServer(serve, key, cert);
server.listen(0, values.host, () => {
  const address = server.address();
  if (typeof address === "object" && address !== null) process.send?.({ port: address.port });
});

process.on("message", () => {
  const { user, system } = process.cpuUsage();
  process.send?.({ deliveries: ledger.take(), cpu: (user + system) / 1e6 });
});
process.on("disconnect", () => process.exit());
