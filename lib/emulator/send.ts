import { once } from "node:events";
import { clearTimeout, setTimeout } from "../timers.ts";
import { createThrottle, trafficLimit } from "./body.ts";
import { ConnectionGone } from "./cos-error.ts";
import type { Exchange } from "./exchange.ts";
import { alterCrc64, alterEtag } from "./faults/alter.ts";
import { foreignReply, type Reply } from "./reply.ts";

/** How many bytes of a body that is not needed are still read, and for how long, so that the client sees the answer. */
const DRAIN_BYTES = 64 * 1024 * 1024;
const DRAIN_MILLISECONDS = 10_000;

/** Sends an answer, changed by the fault of the request. */
export async function send(exchange: Exchange, reply: Reply): Promise<void> {
  const { fault } = exchange;
  if (fault?.kind === "lost-answer" || (fault?.kind === "stall" && fault.where === "answer")) {
    const result = await reply.late?.(() => {});
    if (fault.kind === "lost-answer") throw exchange.cut("reset");
    await exchange.untilRemoved();
    return await send(exchange, result === undefined ? reply : { ...reply, late: async () => result });
  }
  if (fault?.kind === "foreign-answer" && !reply.foreign) {
    await reply.late?.(() => {});
    return await send(exchange, foreignReply(fault));
  }
  exchange.entry.code = reply.code;
  if (fault?.kind === "truncated-answer") return sendHalf(exchange, reply);
  if (reply.late) return sendLate(exchange, reply, reply.late);
  if (exchange.method === "HEAD") {
    const page = reply.foreign ? Buffer.byteLength(reply.body ?? "") : 0;
    writeHead(exchange, reply, String(reply.stream?.length ?? page));
    return finish(exchange);
  }
  if (reply.stream) {
    writeHead(exchange, reply, String(reply.stream.length));
    await sendStream(exchange, reply.stream, reply.stream.length);
    return finish(exchange);
  }
  await sendText(exchange, reply);
}

async function sendText(exchange: Exchange, reply: Reply): Promise<void> {
  const { request, response } = exchange;
  const body = Buffer.from(reply.body ?? "");
  const bare = reply.status === 204 || reply.status === 304;
  const length = bare ? undefined : String(body.length);
  if (request.complete || !exchange.hasBody) {
    writeHead(exchange, reply, length);
    response.end(bare ? undefined : body);
    exchange.answered = true;
    return;
  }
  // The body is still coming in. Closing now would reset the connection, and the client might never see the answer.
  writeHead(exchange, reply, length, { Connection: "close" });
  if (body.length > 0 && !bare) response.write(body);
  else response.flushHeaders();
  exchange.answered = true;
  if (!exchange.awaitsContinue) await drain(exchange);
  response.end();
}

/** @see https://intl.cloud.tencent.com/document/product/436/7742 (Complete: 200 at once, whitespace, the result last) */
async function sendLate(exchange: Exchange, reply: Reply, late: NonNullable<Reply["late"]>): Promise<void> {
  const { response, entry } = exchange;
  // Also if the client has left: COS would continue, and the lock of the upload must be released.
  if (!response.destroyed) writeHead(exchange, reply, undefined);
  const drip = (): void => {
    if (!response.destroyed) response.write(" ");
  };
  drip();
  const { xml, code } = await late(drip);
  entry.code = code;
  if (response.destroyed) return;
  finish(exchange, withoutDeclaration(xml));
}

/** XML allows no declaration after whitespace, and the parser of the Python SDK checks that. */
function withoutDeclaration(xml: string): string {
  return xml.replace(/^<\?xml.*?\?>/, "");
}

async function sendHalf(exchange: Exchange, reply: Reply): Promise<void> {
  const { response } = exchange;
  if (reply.late) {
    if (!response.destroyed) writeHead(exchange, reply, undefined);
    response.write("   ");
    const xml = withoutDeclaration((await reply.late(() => {})).xml);
    await writeThrough(exchange, xml.slice(0, xml.length >> 1));
  } else if (reply.stream && exchange.method !== "HEAD") {
    writeHead(exchange, reply, String(reply.stream.length));
    await sendStream(exchange, reply.stream, reply.stream.length >> 1);
    await exchange.pause(0);
  } else if (reply.body && exchange.method !== "HEAD") {
    const body = Buffer.from(reply.body);
    writeHead(exchange, reply, String(body.length));
    await writeThrough(exchange, body.subarray(0, body.length >> 1));
  }
  throw exchange.cut("close");
}

async function sendStream(
  exchange: Exchange,
  stream: NonNullable<Reply["stream"]>,
  length: number,
): Promise<void> {
  const throttle = createThrottle(exchange, trafficLimit(exchange));
  let left = length;
  for await (const chunk of stream.open()) {
    const bytes = (chunk as Buffer).subarray(0, left);
    left -= bytes.length;
    // Waits first: with the last bytes the client would have the complete body.
    await throttle(bytes.length);
    await write(exchange, bytes);
    if (left === 0) break;
  }
}

async function write(exchange: Exchange, bytes: string | Uint8Array): Promise<void> {
  const { response, gone } = exchange;
  if (response.destroyed) throw new ConnectionGone("the client left");
  if (response.write(bytes)) return;
  try {
    await once(response, "drain", { signal: gone });
  } catch {
    throw new ConnectionGone("the client left");
  }
}

/** Waits until Node has given all bytes to the system: what Node still buffers would be lost with the connection. */
async function writeThrough(exchange: Exchange, bytes: string | Uint8Array): Promise<void> {
  await write(exchange, bytes);
  // Chunks are given to the system at the latest in the next tick.
  await exchange.pause(0);
}

function finish(exchange: Exchange, body?: string): void {
  exchange.response.end(body);
  exchange.answered = true;
}

function writeHead(
  exchange: Exchange,
  reply: Reply,
  length: string | undefined,
  more: Readonly<Record<string, string>> = {},
): void {
  const { response, entry, fault } = exchange;
  if (response.destroyed) throw new ConnectionGone("the client left");
  const headers: Record<string, string> = {
    ...(length === undefined ? {} : { "Content-Length": length }),
    Date: new Date(exchange.now).toUTCString(),
    ...(reply.foreign ? {} : { Server: "tencent-cos", "x-cos-request-id": entry.requestId }),
    ...reply.headers,
    ...more,
  };
  replace(headers, "ETag", (etag) => {
    const altered = alterEtag(fault, etag.slice(1, -1));
    return altered === undefined ? undefined : `"${altered}"`;
  });
  replace(headers, "x-cos-hash-crc64ecma", (crc64) => alterCrc64(fault, crc64));
  response.sendDate = false;
  response.writeHead(reply.status, headers);
  entry.statusCode = reply.status;
}

function replace(
  headers: Record<string, string>,
  name: string,
  by: (value: string) => string | undefined,
): void {
  const before = headers[name];
  if (before === undefined) return;
  const after = by(before);
  if (after === undefined) delete headers[name];
  else headers[name] = after;
}

/** Reads for a while, and keeps nothing. */
async function drain(exchange: Exchange): Promise<void> {
  const { request, entry } = exchange;
  const before = entry.bytes;
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, DRAIN_MILLISECONDS);
    const settle = (): void => {
      clearTimeout(timer);
      resolve();
    };
    request.on("data", (chunk: Buffer) => {
      entry.bytes += chunk.length;
      if (entry.bytes - before > DRAIN_BYTES) settle();
    });
    request.once("end", settle).once("close", settle);
    request.on("error", settle);
  });
}
