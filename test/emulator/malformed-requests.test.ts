import assert from "node:assert/strict";
import { once } from "node:events";
import { describe, it } from "node:test";
import type { Emulator } from "../../lib/emulator/index.ts";
import { type SocketAnswer, sendBytes, signedPut } from "./raw-socket.ts";
import { connectTo, raw, until, withEmulator } from "./support.ts";

const send = (emulator: Emulator, lines: readonly string[], body: string): Promise<SocketAnswer> =>
  sendBytes(emulator, [signedPut(emulator, lines, body)]);

const CHUNKED = ["Transfer-Encoding: chunked"];
const NEXT = "GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n";

describe("A request whose end can be understood in two ways is refused, and what follows is not", () => {
  for (const [what, lines, body] of [
    ["two lengths", ["Content-Length: 4", "Content-Length: 40"], `body${NEXT}`],
    ["a length and chunks", ["Content-Length: 4", ...CHUNKED], `0\r\n\r\n${NEXT}`],
    ["chunks and a length", [...CHUNKED, "Content-Length: 4"], `0\r\n\r\n${NEXT}`],
    ["chunks that are not the last coding", ["Transfer-Encoding: chunked, identity"], `0\r\n\r\n${NEXT}`],
    ["a coding that does not exist", ["Transfer-Encoding: xchunked"], `0\r\n\r\n${NEXT}`],
    ["a blank before the colon", ["Content-Length : 4"], `body${NEXT}`],
    ["a folded line", ["Content-Length: 4", "X: a", " Content-Length: 40"], `body${NEXT}`],
    ["a length with a sign", ["Content-Length: +4"], `body${NEXT}`],
    ["a length in hex", ["Content-Length: 0x4"], `body${NEXT}`],
    ["a list of lengths", ["Content-Length: 4, 4"], `body${NEXT}`],
    ["a negative length", ["Content-Length: -4"], `body${NEXT}`],
    ["a length beyond all numbers", [`Content-Length: ${"9".repeat(40)}`], `body${NEXT}`],
    ["a bare CR", ["X: a\rContent-Length: 4"], `body${NEXT}`],
    ["a NUL in a header", ["X: a\0b", "Content-Length: 4"], `body${NEXT}`],
    ["a chunk with a sign", CHUNKED, `+4\r\nbody\r\n0\r\n\r\n${NEXT}`],
    ["a chunk of a size beyond all numbers", CHUNKED, `${"f".repeat(40)}\r\nbody\r\n0\r\n\r\n${NEXT}`],
    ["a chunk that is longer than it says", CHUNKED, `2\r\nbody\r\n0\r\n\r\n${NEXT}`],
    ["a chunk that is no number", CHUNKED, `four\r\nbody\r\n0\r\n\r\n${NEXT}`],
    ["a chunk ended by LF alone", CHUNKED, `4\nbody\n0\n\n${NEXT}`],
  ] as const) {
    it(`for ${what}`, async (t) => {
      const emulator = await withEmulator(t);
      const { status, text } = await send(emulator, lines, body);
      assert.equal(status, 400, text);
      assert.equal(text.split("HTTP/1.1 ").length, 2, "one answer");
      assert.deepEqual(emulator.objects(), []);
      assert.ok(!emulator.requests.some(({ key }) => key === "smuggled"));
    });
  }

  it("though chunks that are sound are taken, trailers and all", async (t) => {
    const emulator = await withEmulator(t);
    const chunks = "1;name=value\r\nb\r\n03\r\nody\r\n0\r\nTrailer: x\r\n\r\n";
    const { status } = await send(emulator, [...CHUNKED, "Connection: close"], chunks);
    assert.equal(status, 200);
    assert.equal((await raw(emulator, { key: "key" })).text, "body");
    assert.deepEqual(emulator.requests[0]?.headers.trailer, undefined);
  });
});

describe("A request that goes too far", () => {
  it("with its headers is refused, and costs no more than they may have", async (t) => {
    const emulator = await withEmulator(t);
    for (const lines of [
      [`X: ${"x".repeat(100_000)}`],
      Array.from({ length: 5000 }, (_, number) => `X-${number}: ${"x".repeat(20)}`),
      [`${"n".repeat(100_000)}: x`],
    ]) {
      const { status, code } = await send(emulator, [...lines, "Content-Length: 4"], "body");
      assert.ok(status === 400 || status === undefined, "refused, or cut off while it was still being sent");
      if (status) assert.equal(code, "BadRequest");
    }
    assert.deepEqual(emulator.requests.length, 0);
    assert.equal((await raw(emulator, { method: "PUT", key: "k", body: "x" })).status, 200);
  });

  it("with its length is refused before its body has come", async (t) => {
    const emulator = await withEmulator(t);
    const lines = [`Content-Length: ${2 ** 52}`, "Expect: 100-continue"];
    const { status, code } = await send(emulator, lines, "");
    assert.deepEqual([status, code], [400, "EntityTooLarge"]);
    assert.equal(emulator.requests[0]?.bytes, 0);
  });

  it("with its chunks is refused at its limit", async (t) => {
    const emulator = await withEmulator(t, { limits: { maxPartSize: 1000 } });
    const chunk = `400\r\n${"x".repeat(1024)}\r\n`;
    const { status, code } = await send(
      emulator,
      [...CHUNKED, "Connection: close"],
      `${chunk.repeat(3)}0\r\n\r\n`,
    );
    assert.deepEqual([status, code], [400, "EntityTooLarge"]);
    assert.deepEqual(emulator.objects(), []);
  });
});

describe("A connection", () => {
  it("gets an answer to what is no HTTP after a request that was answered", async (t) => {
    const emulator = await withEmulator(t);
    const socket = connectTo(emulator);
    socket.write(signedPut(emulator, ["Content-Length: 4"], "body"));
    const [first] = await once(socket, "data");
    assert.match(String(first), /^HTTP\/1.1 200 /);
    socket.end("nonsense\r\n\r\n");
    assert.match(String(await once(socket, "data")), /^HTTP\/1.1 400 .*<Code>BadRequest</s);
    assert.deepEqual([emulator.requests[0]?.statusCode, emulator.requests[0]?.code], [200, undefined]);
  });

  it("is cut when that comes before the request is answered: the answer would be taken for another's", async (t) => {
    const emulator = await withEmulator(t);
    emulator.faults.add({ fault: { kind: "latency", milliseconds: 50 } });
    const { text } = await send(emulator, ["Content-Length: 4"], "bodynonsense\r\n\r\n");
    assert.equal(text, "");
    assert.equal(emulator.requests[0]?.statusCode, undefined);
  });

  it("that was refused goes after a while, even if its client never ends it", async (t) => {
    const emulator = await withEmulator(t, { keepAliveTimeout: 30 });
    const socket = connectTo(emulator);
    t.after(() => socket.destroy());
    socket.allowHalfOpen = true;
    socket.write("nonsense\r\n\r\n");
    await once(socket.resume(), "end");
    await until(
      () => process.getActiveResourcesInfo().filter((kind) => kind === "TCPSocketWrap").length === 1,
    );
  });
});
