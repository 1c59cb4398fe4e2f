import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { pipeline } from "node:stream/promises";
import { describe, type TestContext, test } from "node:test";
import { useEmulator } from "../support/emulator.ts";
import { type Ending, failure, recordEnding, until } from "../support/ending.ts";
import { assertStored, bytes, uploadTo } from "./support.ts";

type Handler = (request: IncomingMessage, response: ServerResponse) => unknown;

async function useServer(t: TestContext, handler: Handler): Promise<{ port: number; server: Server }> {
  const server = createServer((request, response) => void handler(request, response));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return { port: (server.address() as AddressInfo).port, server };
}

async function put(port: number, body: Uint8Array): Promise<number | undefined> {
  const sent = request({ port, host: "127.0.0.1", method: "PUT", agent: false });
  sent.end(body);
  const [response] = (await once(sent, "response")) as [IncomingMessage];
  response.resume();
  await once(response, "close");
  return response.statusCode;
}

describe("The body of a request", () => {
  for (const how of ["pipe", "pipeline"] as const) {
    test(`is uploaded byte for byte by ${how}`, async (t) => {
      const emulator = await useEmulator(t);
      const { port } = await useServer(t, async (request, response) => {
        const upload = uploadTo(emulator);
        if (how === "pipe") await request.pipe(upload).done;
        else await pipeline(request, upload);
        response.writeHead(201).end(upload.result?.crc64);
      });
      assert.equal(await put(port, bytes), 201);
      await assertStored(emulator, bytes);
    });

    test(`whose client leaves half way makes no object by ${how}, and the server lives on`, async (t) => {
      // tus/tus-node-server#409
      const emulator = await useEmulator(t);
      const endings: Ending[] = [];
      const { port } = await useServer(t, (request, response) => {
        const upload = uploadTo(emulator);
        const ending = recordEnding(upload);
        endings.push(ending);
        if (how === "pipe") request.pipe(upload);
        else pipeline(request, upload).catch(() => {});
        ending.done.then(() => response.writeHead(200).end()).catch(() => {});
      });
      const headers = { "Content-Length": bytes.length };
      const sent = request({ port, host: "127.0.0.1", method: "PUT", agent: false, headers });
      sent.on("error", () => {});
      sent.write(bytes.subarray(0, bytes.length >> 1));
      await until(() => emulator.requests.some(({ statusCode }) => statusCode === 200), "a part is sent");
      sent.destroy();
      await failure(endings[0]!);
      assert.deepEqual([emulator.objects(), emulator.uploads()], [[], []]);
      assert.equal(await put(port, bytes), 200);
      await assertStored(emulator, bytes);
    });
  }

  test("of a client that asks 100-continue is uploaded byte for byte", async (t) => {
    const emulator = await useEmulator(t);
    const { port } = await useServer(t, async (request, response) => {
      await pipeline(request, uploadTo(emulator));
      response.end();
    });
    const headers = { Expect: "100-continue", "Transfer-Encoding": "chunked" };
    const sent = request({ port, host: "127.0.0.1", method: "PUT", agent: false, headers });
    sent.once("continue", () => sent.end(bytes));
    sent.flushHeaders();
    const [response] = (await once(sent, "response")) as [IncomingMessage];
    response.resume();
    await once(response, "close");
    await assertStored(emulator, bytes);
  });
});

test("The answer to a request of our own is uploaded byte for byte", async (t) => {
  const emulator = await useEmulator(t);
  const { port } = await useServer(t, (_, response) => void response.end(bytes));
  const sent = request({ port, host: "127.0.0.1", agent: false }).end();
  const [response] = (await once(sent, "response")) as [IncomingMessage];
  await pipeline(response, uploadTo(emulator));
  await assertStored(emulator, bytes);
});

test("An answer that is cut off makes no object (aws/aws-sdk-js#1395)", async (t) => {
  const emulator = await useEmulator(t);
  const { port } = await useServer(t, (_, response) => {
    response.writeHead(200, { "Content-Length": bytes.length });
    response.write(bytes.subarray(0, bytes.length >> 1), () => response.destroy());
  });
  const sent = request({ port, host: "127.0.0.1", agent: false }).end();
  const [response] = (await once(sent, "response")) as [IncomingMessage];
  const upload = uploadTo(emulator);
  const ending = recordEnding(upload);
  response.pipe(upload);
  assert.match((await failure(ending)).code ?? "", /ERR_COS_SOURCE|ERR_STREAM_PREMATURE_CLOSE/);
  assert.deepEqual(emulator.objects(), []);
});
