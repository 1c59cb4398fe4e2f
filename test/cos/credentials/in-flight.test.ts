import assert from "node:assert/strict";
import { request } from "node:http";
import { type TestContext, test } from "node:test";
import { setImmediate } from "node:timers/promises";
import type { Emulator } from "../../../lib/emulator/index.ts";
import {
  CosClient,
  type Credentials,
  createUploadStream,
  type UploadStream,
  type UploadStreamOptions,
} from "../../../lib/index.ts";
import { MIB, seededBytes } from "../../support/bytes.ts";
import { assertHidden } from "../../support/canaries.ts";
import { useClient } from "../../support/client.ts";
import { digestOf, storedDigest, useEmulator } from "../../support/emulator.ts";
import { failure, recordEnding, until } from "../../support/ending.ts";
import { serveHttp } from "../../support/raw-server.ts";

const PARTS = 24;
const AT_A_TIME = 8;
const bytes = seededBytes(PARTS * MIB);
const KEYS = { secretId: "AKIDtemporary", secretKey: "canaryOfTheTemporaryKey" };
const TOKEN = { securityToken: "canaryOfTheNewToken+/=" };

/** Parts of an upload that exists, so that many are the first to be signed. */
async function begin(
  t: TestContext,
  emulator: Emulator,
  options: Partial<UploadStreamOptions>,
): Promise<UploadStream> {
  const { uploadId } = await useClient(t, emulator.target).initiateMultipartUpload({ key: "k" });
  return createUploadStream({
    ...emulator.target,
    key: "k",
    uploadId,
    complete: true,
    concurrency: AT_A_TIME,
    partSize: MIB,
    retry: { maxAttempts: 1 },
    ...options,
  });
}

const useSts = (t: TestContext): Promise<Emulator> => useEmulator(t, { credentials: { ...KEYS, ...TOKEN } });

/** A way to the emulator that refuses a token as expired once so many parts came with it. */
async function useGate(t: TestContext, emulator: Emulator, lifetime: number): Promise<string> {
  const uses = new Map<string, number>();
  const { url } = await serveHttp(t, (incoming, response) => {
    const token = String(incoming.headers["x-cos-security-token"]);
    uses.set(token, (uses.get(token) ?? 0) + 1);
    if (uses.get(token)! > lifetime) {
      incoming.resume().on("end", () => {
        response.writeHead(400, { "x-cos-request-id": "id" });
        response.end("<Error><Code>ExpiredToken</Code></Error>");
      });
      return;
    }
    const { method, url: path, headers } = incoming;
    const outgoing = request(emulator.url, { method, path, headers, agent: false }, (answer) => {
      response.writeHead(answer.statusCode!, answer.headers);
      answer.pipe(response);
    });
    incoming.pipe(outgoing);
  });
  return url;
}

test("a token that expires is renewed by one call for all parts in flight, each time that it does", async (t) => {
  const emulator = await useEmulator(t);
  const asked: boolean[] = [];
  const credentials = async ({ refresh }: { refresh: boolean }): Promise<Credentials> => {
    asked.push(refresh);
    await setImmediate();
    return { ...emulator.target.credentials, securityToken: `token${asked.length}` };
  };
  const upload = await begin(t, emulator, { credentials, endpoint: await useGate(t, emulator, 10) });
  upload.end(bytes);
  const { parts } = await upload.done;
  assert.equal(await storedDigest(emulator, "k"), digestOf(bytes));
  // 24 parts and Complete, ten with each token.
  assert.deepEqual(asked, [false, true, true]);
  assert.ok(Math.max(...parts.map(({ attempts }) => attempts)) <= 3);
});

test("keys that near their end are renewed before it, by one call, while parts are in flight", async (t) => {
  const emulator = await useSts(t);
  const asked: boolean[] = [];
  const credentials = async ({ refresh }: { refresh: boolean }): Promise<Credentials> => {
    asked.push(refresh);
    // The first have less than a minute left, which is enough for those who asked for them.
    const left = asked.length === 1 ? 59_000 : 3_600_000;
    await until(() => asked.length > 1 || upload.stats().partsSending === AT_A_TIME, "all parts wait");
    return { ...KEYS, ...TOKEN, expiresAt: new Date(Date.now() + left) };
  };
  const upload = await begin(t, emulator, { credentials });
  upload.end(bytes);
  await upload.done;
  assert.deepEqual(asked, [false, false]);
  assert.equal(await storedDigest(emulator, "k"), digestOf(bytes));
});

test("a provider that fails while parts are in flight ends the upload with its failure, and shows no key", async (t) => {
  const emulator = await useSts(t);
  emulator.faults.add({
    operation: "UploadPart",
    skip: 3,
    times: AT_A_TIME,
    fault: { kind: "expired-token" },
  });
  const cause = new Error("the vault is shut");
  const credentials = ({ refresh }: { refresh: boolean }): Credentials => {
    if (refresh) throw cause;
    return { ...KEYS, ...TOKEN };
  };
  const upload = await begin(t, emulator, { credentials, leavePartsOnError: false });
  const ending = recordEnding(upload);
  upload.end(bytes);
  const error = await failure(ending);
  assert.deepEqual([error.code, error.cause], ["ERR_COS_CREDENTIALS", cause]);
  assertHidden(error, [KEYS.secretKey, TOKEN.securityToken]);
});

test("streams of one client share one call", async (t) => {
  const emulator = await useSts(t);
  let asked = 0;
  const credentials = async (): Promise<Credentials> => {
    asked += 1;
    return { ...KEYS, ...TOKEN };
  };
  await using client = new CosClient({ ...emulator.target, credentials });
  const uploads = Array.from({ length: 5 }, (_, index) => client.createUploadStream({ key: `k${index}` }));
  for (const upload of uploads) upload.end("x");
  await Promise.all(uploads.map((upload) => upload.done));
  assert.equal(asked, 1);
});

test("an expired token that a HEAD meets is renewed, though the refusal says nothing but its status", async (t) => {
  const emulator = await useSts(t);
  const asked: boolean[] = [];
  const credentials = ({ refresh }: { refresh: boolean }): Credentials => {
    asked.push(refresh);
    return { ...KEYS, securityToken: refresh ? TOKEN.securityToken : "old" };
  };
  emulator.faults.add({ operation: "HeadObject", fault: { kind: "expired-token" } });
  const client = useClient(t, { ...emulator.target, credentials, retry: { maxAttempts: 1 } });
  await assert.rejects(client.headObject({ key: "none" }), { statusCode: 404 });
  assert.deepEqual(asked, [false, true]);
});

for (const [what, renew] of Object.entries<() => Credentials>({
  "that cannot be renewed": () => {
    throw new Error("the vault is shut");
  },
  "that has nothing newer": () => ({ ...KEYS, ...TOKEN }),
})) {
  test(`a HEAD that is refused without a reason, with a provider ${what}, is the error after one request`, async (t) => {
    const emulator = await useSts(t);
    emulator.faults.add({ operation: "HeadObject", fault: { kind: "error", statusCode: 400 } });
    const credentials = ({ refresh }: { refresh: boolean }): Credentials =>
      refresh ? renew() : { ...KEYS, ...TOKEN };
    const client = useClient(t, { ...emulator.target, credentials });
    await assert.rejects(client.headObject({ key: "k" }), { code: "HTTP_400" });
    assert.equal(emulator.requests.length, 1);
  });
}

test("a HEAD that is refused with permanent keys asks for no others", async (t) => {
  const emulator = await useEmulator(t);
  emulator.faults.add({ operation: "HeadObject", fault: { kind: "error", statusCode: 400 } });
  let asked = 0;
  const credentials = (): Credentials => {
    asked += 1;
    return emulator.target.credentials;
  };
  const client = useClient(t, { ...emulator.target, credentials });
  await assert.rejects(client.headObject({ key: "k" }), { code: "HTTP_400" });
  assert.deepEqual([asked, emulator.requests.length], [1, 1]);
});

for (const status of [400, 403]) {
  test(`a page with status ${status} that is not of COS renews nothing and moves no clock`, async (t) => {
    const emulator = await useEmulator(t);
    const headers = { Date: new Date(0).toUTCString() };
    const fault = { kind: "error", statusCode: status, body: "<html/>", requestId: false, headers } as const;
    emulator.faults.add({ fault });
    let asked = 0;
    const credentials = (): Credentials => {
      asked += 1;
      return { ...emulator.target.credentials, securityToken: `token${asked}` };
    };
    const client = useClient(t, { ...emulator.target, credentials });
    const part = { key: "k", body: Buffer.from("x") };
    await assert.rejects(client.putObject(part), { code: `HTTP_${status}` });
    await client.putObject(part);
    assert.deepEqual([asked, emulator.requests.length], [1, 2]);
  });
}
