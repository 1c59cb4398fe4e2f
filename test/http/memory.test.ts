import assert from "node:assert/strict";
import type { Socket } from "node:net";
import { type TestContext, test } from "node:test";
import { gzipSync } from "node:zlib";
import { KIB, MIB } from "../support/bytes.ts";
import { runScript } from "../support/child.ts";
import { onRequests, serveSockets } from "../support/raw-server.ts";

/** What the process of a client may grow by, its garbage not yet collected included. */
const MOST = 200 * MIB;

/** Writes a piece over and over, until so many bytes are written or nobody reads any more; then hangs up. */
function pour(socket: Socket, head: string, piece: Buffer, total: number): void {
  socket.write(head);
  let sent = 0;
  const more = (): void => {
    while (!socket.destroyed && sent < total) {
      sent += piece.byteLength;
      if (!socket.write(piece)) return;
    }
    socket.end();
  };
  socket.on("drain", more);
  more();
}

const OK = "HTTP/1.1 200 OK\r\n";
const CHUNKED = `${OK}Transfer-Encoding: chunked\r\n\r\n`;
const bytes = (text: string, times: number): Buffer => Buffer.from(text.repeat(times));
const chunk = (body: Buffer): Buffer =>
  Buffer.concat([Buffer.from(`${body.byteLength.toString(16)}\r\n`), body, Buffer.from("\r\n")]);
const whole = (status: string, more: string, body: Buffer): string =>
  `HTTP/1.1 ${status}\r\nContent-Length: ${body.byteLength}\r\n${more}\r\n`;
const bomb = gzipSync(Buffer.alloc(100 * MIB));

/** Ways of a server to make its client run out of memory, and how many bytes of each are enough to show it. */
const ATTACKS: Readonly<Record<string, (socket: Socket) => void>> = {
  "headers without end": (socket) => pour(socket, OK, bytes("x-a: bbbbbbbb\r\n", 4 * KIB), 500 * MIB),
  "one header without end": (socket) => pour(socket, `${OK}x-a: `, bytes("b", 64 * KIB), 500 * MIB),
  "a status line without end": (socket) => pour(socket, "HTTP/1.1 500 ", bytes("b", 64 * KIB), 500 * MIB),
  "a body without end": (socket) => pour(socket, CHUNKED, chunk(bytes(" ", 64 * KIB)), 500 * MIB),
  "an error page of 100 MB": (socket) =>
    pour(
      socket,
      "HTTP/1.1 503 No\r\nContent-Length: 100000000\r\n\r\n",
      bytes("<p>no", 16 * KIB),
      100_000_000,
    ),
  "bytes between long chunk extensions": (socket) =>
    pour(socket, CHUNKED, bytes(`1;${"e".repeat(66_000)}\r\n \r\n`, 1), 600 * MIB),
  "a body in chunks of one byte": (socket) => pour(socket, CHUNKED, bytes("1\r\n \r\n", 8 * KIB), 24 * MIB),
  "answers before the answer": (socket) =>
    pour(socket, "", bytes("HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n", KIB), 24 * MIB),
  "trailers without end": (socket) =>
    pour(socket, `${CHUNKED}0\r\n`, bytes("x-a: bbbbbbbb\r\n", 4 * KIB), 300 * MIB),
  "a gzip bomb": (socket) =>
    void socket.end(Buffer.concat([Buffer.from(whole("200 OK", "Content-Encoding: gzip\r\n", bomb)), bomb])),
  "a listing that is nothing but tags": (socket) => {
    const body = bytes("<a/>", MIB - 5);
    socket.end(Buffer.concat([Buffer.from(whole("200 OK", "", body)), body]));
  },
};

/** The path of a client's only request says which attack it asks for. */
async function serveAttacks(t: TestContext): Promise<string> {
  const server = await serveSockets(t, (socket) =>
    onRequests(socket, ({ requestLine }) => {
      const name = decodeURIComponent(/\/([^?]*)/.exec(requestLine)![1]!);
      const attack = ATTACKS[name];
      if (attack === undefined) socket.end();
      else attack(socket);
    }),
  );
  return server.url;
}

/** Asks for the attacks one after another and prints what each came to. */
const CLIENT = `
  import { CosClient } from "cos-upload-stream";
  const client = new CosClient({
    bucket: "examplebucket-1250000000",
    region: "ap-beijing",
    endpoint: process.env.ENDPOINT,
    credentials: { secretId: "AKIDexample", secretKey: "examplesecretkey" },
    retry: { maxAttempts: 1 },
    timeout: { attempt: 20_000 },
  });
  await client.headObject({ key: "warm up" }).catch(() => {});
  for (const key of JSON.parse(process.env.ATTACKS)) {
    const before = process.memoryUsage().rss;
    let most = before;
    const timer = setInterval(() => { most = Math.max(most, process.memoryUsage().rss); }, 10);
    // A listing may have the longest answer.
    const code = await client.listParts({ key, uploadId: "id" }).next().then(() => "accepted", (error) => error.code);
    clearInterval(timer);
    most = Math.max(most, process.memoryUsage().rss);
    console.log(JSON.stringify({ key, code, grown: most - before }));
  }
  await client.close();
`;

test("a hostile server costs its client little memory, however it tries", async (t) => {
  const url = await serveAttacks(t);
  const names = Object.keys(ATTACKS);
  const { code, output, errors } = await runScript(CLIENT, 60_000, {
    ENDPOINT: url,
    ATTACKS: JSON.stringify(names),
  });
  assert.equal(code, 0, errors);
  const reports = output
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  assert.deepEqual(
    reports.map(({ key }) => key),
    names,
  );
  for (const { key, code, grown } of reports) {
    t.diagnostic(`${key}: ${code}, ${Math.round(grown / MIB)} MiB`);
    assert.match(code, /^ERR_COS_(NETWORK|BAD_RESPONSE|TIMEOUT)$|^HTTP_503$/, key);
    assert.ok(grown < MOST, `${key}: the process grew by ${grown} bytes`);
  }
});
