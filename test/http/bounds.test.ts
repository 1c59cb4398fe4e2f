import assert from "node:assert/strict";
import type { Socket } from "node:net";
import { type TestContext, test } from "node:test";
import { useClient } from "../support/client.ts";
import { ATTEMPTS, OPERATIONS, useHostile } from "../support/hostile.ts";
import { answer, serveHttp, serveSockets } from "../support/raw-server.ts";

test("headers without end are given up, not collected", async (t) => {
  let sent = 0;
  const { client, requests } = await useHostile(t, (socket) => {
    socket.write("HTTP/1.1 200 OK\r\n");
    const more = (): void => {
      while (!socket.destroyed && socket.write(`x-${sent}: ${"y".repeat(1000)}\r\n`)) sent += 1000;
    };
    socket.on("drain", more);
    more();
  });
  await assert.rejects(OPERATIONS.PutObject!(client), { code: "ERR_COS_NETWORK" });
  assert.equal(requests.length, ATTEMPTS);
});

test("a body without end is given up after what COS would send at most", async (t) => {
  let sent = 0;
  const piece = Buffer.alloc(64 * 1024, " ");
  const server = await serveHttp(t, (_request, response) => {
    const more = (): void => {
      while (!response.destroyed && response.write(piece)) sent += piece.byteLength;
      sent += piece.byteLength;
    };
    response.on("drain", more);
    more();
  });
  const client = useClient(t, { endpoint: server.url, retry: { maxAttempts: 1 } });
  await assert.rejects(OPERATIONS.CompleteMultipartUpload!(client), {
    code: "ERR_COS_BAD_RESPONSE",
    message: /longer than the 262144 bytes/,
  });
  assert.ok(sent < 32 * 1024 * 1024, `${sent} bytes were sent`);
});

test("a server that never answers is given up after the attempt's timeout, as often as attempts are left", async (t) => {
  const { client, requests } = await useHostile(t, () => {}, { timeout: { attempt: 400 } });
  await assert.rejects(OPERATIONS.PutObject!(client), { code: "ERR_COS_TIMEOUT", name: "CosTimeoutError" });
  assert.equal(requests.length, ATTEMPTS);
});

test("a server that begins its answer and says no more is given up as well", async (t) => {
  const { client } = await useHostile(
    t,
    (socket) => void socket.write("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n<Compl"),
    { timeout: { complete: 40 } },
  );
  await assert.rejects(OPERATIONS.CompleteMultipartUpload!(client), { code: "ERR_COS_TIMEOUT" });
});

test("an error that is answered before the body was read is that error, and not a broken connection", async (t) => {
  const text = answer("403 Forbidden", {}, "<Error><Code>AccessDenied</Code></Error>");
  const server = await serveSockets(t, (socket) => {
    socket.once("data", () => socket.end(text));
  });
  const client = useClient(t, { endpoint: server.url, retry: { maxAttempts: 1 } });
  const body = Buffer.alloc(8 * 1024 * 1024);
  const put = client.putObject({ key: "k", body });
  await assert.rejects(put, { code: "AccessDenied" });
});

const drip = (t: TestContext, socket: Socket, piece: string): void => {
  const timer = setInterval(() => socket.write(piece), 5);
  t.after(() => clearInterval(timer));
};

test("spaces that keep a Complete alive for ever are given up after timeout.complete", async (t) => {
  const { client, requests } = await useHostile(
    t,
    (socket) => {
      socket.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
      drip(t, socket, "1\r\n \r\n");
    },
    { timeout: { attempt: 2 ** 31 - 1, complete: 200 } },
  );
  await assert.rejects(OPERATIONS.CompleteMultipartUpload!(client), { code: "ERR_COS_TIMEOUT" });
  assert.equal(requests.length, ATTEMPTS);
});

for (const [what, start, piece] of [
  ["headers", "HTTP/1.1 200 OK\r\n", "x-a: b\r\n"],
  ["a body", "HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n", " "],
  ["answers before the answer", "", "HTTP/1.1 103 Early Hints\r\n\r\n"],
] as const) {
  test(`${what} that drip in, each in time, are given up after the attempt's timeout all the same`, async (t) => {
    const { client, requests } = await useHostile(
      t,
      (socket) => {
        socket.write(start);
        drip(t, socket, piece);
      },
      { timeout: { attempt: 200 } },
    );
    await assert.rejects(OPERATIONS.ListParts!(client), { code: "ERR_COS_TIMEOUT" });
    assert.equal(requests.length, ATTEMPTS);
  });
}
