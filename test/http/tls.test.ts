import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { type AddressInfo, connect } from "node:net";
import type { TestContext } from "node:test";
import { test } from "node:test";
import { createServer } from "node:tls";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { Agent } from "undici";
import type { Emulator } from "../../lib/emulator/index.ts";
import { createUploadStream } from "../../lib/index.ts";
import { MIB, seededBytes } from "../support/bytes.ts";
import { digestOf, storedDigest, useEmulator } from "../support/emulator.ts";

const fixture = (name: string): string => fileURLToPath(new URL(`../fixtures/${name}`, import.meta.url));
const root = fileURLToPath(new URL("../..", import.meta.url));
const key = readFileSync(fixture("localhost.key"));
const cert = readFileSync(fixture("localhost.crt"));

/** An https origin in front of the emulator, with a certificate that nobody signed. */
async function useTls(
  t: TestContext,
  emulator: Emulator,
  shown: Buffer = cert,
): Promise<{ origin: string; connections: () => number }> {
  let connections = 0;
  const server = createServer({ key, cert: shown }, (socket) => {
    const behind = connect(Number(new URL(emulator.url).port), "127.0.0.1");
    socket.pipe(behind).pipe(socket);
    socket.on("error", () => behind.destroy()).on("close", () => behind.destroy());
    behind.on("error", () => socket.destroy());
  });
  server.on("connection", () => {
    connections += 1;
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => server.close());
  return {
    origin: `https://localhost:${(server.address() as AddressInfo).port}`,
    connections: () => connections,
  };
}

test("uploads over TLS with a dispatcher that trusts the server, SSE-C key and all", async (t) => {
  const emulator = await useEmulator(t);
  const { origin } = await useTls(t, emulator);
  const dispatcher = new Agent({ connect: { ca: cert } });
  t.after(() => dispatcher.close());
  const bytes = seededBytes(3 * MIB + 5);
  const upload = createUploadStream({
    ...emulator.target,
    endpoint: origin,
    key: "tls",
    partSize: MIB,
    dispatcher,
    serverSideEncryption: { type: "SSE-C", key: new Uint8Array(32).fill(7) },
  });
  upload.end(bytes);
  assert.equal((await upload.done).completed, true);
  assert.equal(await storedDigest(emulator, "tls"), digestOf(bytes));
});

test("our own agent trusts whom Node trusts", async (t) => {
  const emulator = await useEmulator(t);
  const { origin } = await useTls(t, emulator);
  const script = `
    import { createUploadStream } from "cos-upload-stream";
    const upload = createUploadStream(${JSON.stringify({ ...emulator.target, endpoint: origin, key: "tls" })});
    upload.end("hello");
    console.log((await upload.done).size);`;
  const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "-e", script], {
    cwd: root,
    env: { ...process.env, NODE_EXTRA_CA_CERTS: fixture("localhost.crt") },
  });
  assert.equal(stdout.trim(), "5");
});

test("a certificate that nobody vouches for fails at once, is not retried, and gets no request", async (t) => {
  const emulator = await useEmulator(t);
  const { origin, connections } = await useTls(t, emulator);
  const upload = createUploadStream({ ...emulator.target, endpoint: origin, key: "tls" });
  upload.on("error", () => {});
  upload.end("hello");
  await assert.rejects(upload.done, { code: "ERR_COS_NETWORK", message: /self-signed certificate/ });
  assert.equal(connections(), 1);
  assert.equal(emulator.requests.length, 0);
});

test("a certificate that is over, by the local clock, fails at once and asks whether that clock is right", async (t) => {
  const emulator = await useEmulator(t);
  const expired = readFileSync(fixture("localhost-expired.crt"));
  const { origin, connections } = await useTls(t, emulator, expired);
  const dispatcher = new Agent({ connect: { ca: expired } });
  t.after(() => dispatcher.close());
  const upload = createUploadStream({ ...emulator.target, endpoint: origin, key: "tls", dispatcher });
  upload.on("error", () => {});
  upload.end("hello");
  const message = new RegExp(`expired; is it right that it is .* ${new Date().getUTCFullYear()} .* clock`);
  await assert.rejects(upload.done, { code: "ERR_COS_NETWORK", message });
  assert.equal(connections(), 1);
});

test("https to a server that speaks plain HTTP fails at once", async (t) => {
  const emulator = await useEmulator(t);
  const retries: unknown[] = [];
  const upload = createUploadStream({
    ...emulator.target,
    endpoint: emulator.url.replace("http:", "https:"),
    key: "tls",
  });
  upload.on("error", () => {}).on("retry", (retry) => retries.push(retry));
  upload.end("hello");
  await assert.rejects(upload.done, { code: "ERR_COS_NETWORK" });
  assert.deepEqual(retries, []);
});
