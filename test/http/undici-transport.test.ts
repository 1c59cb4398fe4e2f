import assert from "node:assert/strict";
import { test } from "node:test";
import { Agent } from "undici";
import { CosUploadError } from "../../lib/errors.ts";
import type { HttpRequest } from "../../lib/http/transport.ts";
import { UndiciTransport } from "../../lib/http/undici-transport.ts";
import { KIB, seededBytes } from "../support/bytes.ts";
import { answer, onRequests, type RecordedRequest, serveHttp, serveSockets } from "../support/raw-server.ts";

const requestOf = (origin: string, more: Partial<HttpRequest> = {}): HttpRequest => ({
  method: "PUT",
  origin,
  path: "/k",
  headers: { "Content-Length": "0" },
  body: [],
  maxResponseBytes: 1000,
  ...more,
});

const options = () => ({ signal: new AbortController().signal, limits: { deadline: 10_000, stall: 0 } });

test("a request goes out exactly as it is given: path, header values and body", async (t) => {
  const received: RecordedRequest[] = [];
  const { url } = await serveSockets(t, (socket) =>
    onRequests(socket, (request) => {
      received.push(request);
      socket.end(answer("200 OK"));
    }),
  );
  const transport = new UndiciTransport({ connectTimeout: 1000 });
  const path = "/a/../b//%2e%2E/%25?uploads&x=%2F";
  const body = [Buffer.from("ab"), Buffer.from("c")];
  const headers = { Host: "other.example:8", "Content-Length": "3", "x-cos-meta-A": "b  c" };
  await transport.send(requestOf(url, { path, headers, body }), options());
  await transport.close();
  const { requestLine, body: sent, headers: sentHeaders } = received[0]!;
  assert.equal(requestLine, `PUT ${path} HTTP/1.1`);
  assert.equal(sent.toString(), "abc");
  const names = Object.fromEntries(sentHeaders.map(([name, value]) => [name.toLowerCase(), value]));
  assert.equal(names.connection, "keep-alive");
  delete names.connection;
  assert.deepEqual(names, { host: "other.example:8", "content-length": "3", "x-cos-meta-a": "b  c" });
});

test("header names of the answer are in lower case, and repeated ones are joined", async (t) => {
  const text =
    "HTTP/1.1 200 OK\r\nETag: a\r\nX-Many: 1\r\nx-many: 2\r\n__proto__: x\r\nContent-Length: 0\r\n\r\n";
  const { url } = await serveSockets(t, (socket) => onRequests(socket, () => void socket.end(text)));
  const transport = new UndiciTransport({ connectTimeout: 1000 });
  const { headers, statusCode, body } = await transport.send(requestOf(url), options());
  await transport.close();
  assert.deepEqual([statusCode, headers.etag, headers["x-many"], body], [200, "a", "1, 2", ""]);
});

test("a body's bytes are told as they are taken, from nothing again at each attempt", async (t) => {
  const { url } = await serveHttp(t, (request, response) => {
    request.resume().on("end", () => response.end());
  });
  const transport = new UndiciTransport({ connectTimeout: 1000 });
  const body = [seededBytes(100 * KIB), seededBytes(50 * KIB), seededBytes(1)];
  const headers = { "Content-Length": String(150 * KIB + 1) };
  for (let attempt = 0; attempt < 2; attempt++) {
    const sent: number[] = [];
    const onSent = (bytes: number): void => void sent.push(bytes);
    await transport.send(requestOf(url, { body, headers }), { ...options(), onSent });
    assert.deepEqual(sent, [100 * KIB, 150 * KIB, 150 * KIB + 1]);
  }
  await transport.close();
});

test("an answer's text is decoded whole, wherever its pieces were cut", async (t) => {
  const text = "名前😀".repeat(20);
  const { url } = await serveHttp(t, (_request, response) => {
    for (const byte of Buffer.from(text)) response.write(Buffer.from([byte]));
    response.end();
  });
  const transport = new UndiciTransport({ connectTimeout: 1000 });
  assert.equal((await transport.send(requestOf(url), options())).body, text);
  await transport.close();
});

test("a port where nobody listens is a network error that says where", async () => {
  const transport = new UndiciTransport({ connectTimeout: 1000 });
  const sent = transport.send(requestOf("http://127.0.0.1:1"), options());
  await assert.rejects(sent, { code: "ERR_COS_NETWORK", message: /http:\/\/127\.0\.0\.1:1: .*ECONNREFUSED/ });
  await transport.close();
});

test("the signal's reason is what an aborted request rejects with", async (t) => {
  const reason = new CosUploadError("X", "enough");
  const controller = new AbortController();
  const { url } = await serveSockets(t, (socket) => onRequests(socket, () => controller.abort(reason)));
  const transport = new UndiciTransport({ connectTimeout: 1000 });
  const sent = transport.send(requestOf(url), {
    signal: controller.signal,
    limits: { deadline: 10_000, stall: 0 },
  });
  await assert.rejects(sent, (error) => error === reason);
  await transport.close();
});

test("a dispatcher of the caller's is used, and stays open", async (t) => {
  const { url } = await serveHttp(t, (_request, response) => response.end());
  const dispatcher = new Agent();
  t.after(() => dispatcher.close());
  const transport = new UndiciTransport({ connectTimeout: 1000, dispatcher });
  await transport.send(requestOf(url), options());
  await transport.close();
  assert.equal(dispatcher.closed, false);
  assert.equal((await transport.send(requestOf(url), options())).statusCode, 200);
});

test("after close a request is refused as such, and so is one through a dispatcher that was closed", async () => {
  const transport = new UndiciTransport({ connectTimeout: 1000 });
  await transport.close();
  const refused = { code: "ERR_COS_CLOSED" };
  await assert.rejects(transport.send(requestOf("http://127.0.0.1:1"), options()), refused);
  const dispatcher = new Agent();
  await dispatcher.close();
  const theirs = new UndiciTransport({ connectTimeout: 1000, dispatcher });
  await assert.rejects(theirs.send(requestOf("http://127.0.0.1:1"), options()), refused);
});

test("requests leave no listener on a signal that outlives them", async (t) => {
  const { url } = await serveHttp(t, (_request, response) => response.end());
  const transport = new UndiciTransport({ connectTimeout: 1000 });
  const { signal } = new AbortController();
  // leaks.ts fails the file on a MaxListenersExceededWarning.
  for (let count = 0; count < 30; count++)
    await transport.send(requestOf(url), { signal, limits: { deadline: 10_000, stall: 0 } });
  await transport.close();
});
