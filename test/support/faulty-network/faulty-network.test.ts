import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { describe, type TestContext, test } from "node:test";
import { KIB, seededBytes } from "../bytes.ts";
import { until } from "../ending.ts";
import { serveSockets } from "../raw-server.ts";
import { FaultyNetwork } from "./faulty-network.ts";
import type { LinkPlan, NetworkPlan } from "./plan.ts";

const body = seededBytes(300 * KIB);
const head = Buffer.from(`PUT /k HTTP/1.1\r\nHost: h\r\nContent-Length: ${body.length}\r\n\r\n`);
const request = Buffer.concat([head, body]);
const answer = seededBytes(2 * KIB, 2);

interface End {
  /** What it received. */
  readonly bytes: () => Buffer;
  /** `end`, `close` and codes of errors as they came. */
  readonly events: string[];
}

interface Bench {
  readonly network: FaultyNetwork;
  readonly client: End & { readonly socket: Socket };
  readonly server: End;
}

/** A client that sends the request, and a server that answers once it has all of it or sees its end. */
async function useLink(t: TestContext, plan: LinkPlan): Promise<Bench> {
  const served: End[] = [];
  const target = await serveSockets(t, (socket) => {
    const end = watch(socket);
    served.push(end);
    const reply = (): void => void (socket.writable && socket.end(answer));
    socket.on("data", () => end.bytes().length >= request.length && reply());
    socket.on("end", reply);
  });
  const network = await useNetwork(t, target.url, { links: [plan] });
  const socket = connect({ port: network.port, host: "127.0.0.1", allowHalfOpen: true });
  const client = { socket, ...watch(socket) };
  t.after(() => socket.destroy());
  await once(socket, "connect");
  socket.write(request);
  await until(() => served.length > 0, "the connection is made");
  return { network, client, server: served[0]! };
}

async function useNetwork(t: TestContext, target: string, plan: NetworkPlan): Promise<FaultyNetwork> {
  const network = await FaultyNetwork.open(target, plan);
  t.after(() => network.close());
  return network;
}

function watch(socket: Socket): End {
  const chunks: Buffer[] = [];
  const events: string[] = [];
  socket.on("data", (chunk: Buffer) => chunks.push(chunk));
  socket.on("error", (error: NodeJS.ErrnoException) => events.push(error.code ?? error.message));
  for (const name of ["end", "close"]) socket.on(name, () => events.push(name));
  return { bytes: () => Buffer.concat(chunks), events };
}

async function assertWhole({ client, server }: Bench): Promise<void> {
  await until(() => client.bytes().length === answer.length, "the answer is there");
  assert.ok(server.bytes().equals(request));
  assert.ok(client.bytes().equals(answer));
}

describe("A faulty network", { concurrency: 4 }, () => {
  const harmless: Readonly<Record<string, LinkPlan>> = {
    "without a plan": {},
    "that delays": { up: { delay: 5 }, down: { delay: 5 } },
    "with little bandwidth": { up: { bytesPerSecond: 4000 * KIB } },
    "that stalls": { up: { faults: [{ kind: "stall", at: 1000, milliseconds: 30 }] } },
    "that reads slowly": { up: { faults: [{ kind: "slow-reader", at: 0, milliseconds: 1 }] } },
  };
  for (const [name, plan] of Object.entries(harmless)) {
    test(`${name} brings the same bytes both ways`, async (t) => {
      const bench = await useLink(t, plan);
      await assertWhole(bench);
      const faults = [...bench.network.injected.values()].reduce((sum, count) => sum + count, 0);
      assert.equal(faults > 0, name !== "without a plan", "its fault is counted");
    });
  }

  for (const at of [0, 1, 1000, request.length]) {
    test(`resets both ends after ${at} bytes`, async (t) => {
      const { client, network } = await useLink(t, { up: { faults: [{ kind: "reset", at }] } });
      await until(() => client.events.includes("close"), "the client sees it");
      assert.ok(client.events.includes("ECONNRESET"));
      assert.equal(network.injected.get("reset"), 1);
    });
  }

  test("ends the way to the server by FIN, and lets its answer back", async (t) => {
    const bench = await useLink(t, { up: { faults: [{ kind: "half-close", at: 1000 }] } });
    await until(() => bench.client.bytes().length === answer.length, "the answer is there");
    assert.ok(bench.server.bytes().equals(request.subarray(0, 1000)));
  });

  test("cuts an answer after so many bytes", async (t) => {
    const { client } = await useLink(t, { down: { faults: [{ kind: "truncate", at: 700 }] } });
    await until(() => client.events.includes("end"), "the client sees the end");
    assert.ok(client.bytes().equals(answer.subarray(0, 700)));
  });

  test("swallows everything, and tells nobody, until somebody leaves", async (t) => {
    const { client, server } = await useLink(t, { up: { faults: [{ kind: "black-hole", at: 5000 }] } });
    await until(() => server.bytes().length === 5000, "the first bytes arrive");
    assert.deepEqual([client.events, server.events], [[], []]);
    client.socket.destroy();
    await until(() => server.events.includes("end"), "the server sees the end");
    assert.equal(server.bytes().length, 5000);
  });

  for (const [where, at, offset] of [
    ["head", 3, 3],
    ["body", 0, head.length],
    ["body", 200_000, head.length + 200_000],
  ] as const) {
    test(`turns one bit of the ${where} at ${at} of a request`, async (t) => {
      const bench = await useLink(t, { up: { faults: [{ kind: "flip", where, at, bit: 6 }] } });
      await until(() => bench.server.bytes().length === request.length, "the request is there");
      const expected = Buffer.from(request);
      expected[offset]! ^= 64;
      assert.ok(bench.server.bytes().equals(expected));
      assert.equal(bench.network.injected.get(`flip-request-${where}`), 1);
    });
  }

  test("turns one bit of an answer", async (t) => {
    const bench = await useLink(t, { down: { faults: [{ kind: "flip", where: "any", at: 9, bit: 0 }] } });
    await until(() => bench.client.bytes().length === answer.length, "the answer is there");
    const expected = Buffer.from(answer);
    expected[9]! ^= 1;
    assert.ok(bench.client.bytes().equals(expected));
  });

  test("delivers what was sent after its sender has left", async (t) => {
    const { client, server } = await useLink(t, { up: { delay: 20 } });
    await until(() => client.socket.bytesWritten === request.length, "all is sent");
    client.socket.destroy();
    await until(() => server.bytes().length === request.length, "all arrives");
  });
});

test("A faulty network refuses connections for a while, and takes them again", async (t) => {
  const target = await serveSockets(t, (socket) => socket.end(answer));
  const refusals = [{ afterLinks: 0, milliseconds: 200 }];
  const network = await useNetwork(t, target.url, { links: [], refusals });
  const refused = connect(network.port, "127.0.0.1");
  const [error] = (await once(refused, "error")) as [NodeJS.ErrnoException];
  assert.equal(error.code, "ECONNREFUSED");
  let received = 0;
  const tryAgain = (): void => {
    const socket = connect(network.port, "127.0.0.1");
    socket
      .on("error", () => {})
      .on("data", (chunk: Buffer) => {
        received += chunk.length;
      });
    socket.on("end", () => socket.destroy());
  };
  const trying = setInterval(tryAgain, 20);
  await until(() => received > 0, "connections are taken").finally(() => clearInterval(trying));
  assert.equal(network.injected.get("refused"), 1);
});
