import assert from "node:assert/strict";
import type { Socket } from "node:net";
import { type TestContext, test } from "node:test";
import { setImmediate } from "node:timers/promises";
import type { CosUploadError, Credentials, RetryEvent, SignableRequest } from "../../lib/index.ts";
import { createUploadStream } from "../../lib/index.ts";
import { MIB, seededBytes } from "../support/bytes.ts";
import { AT_ONCE, KEYS, useClient } from "../support/client.ts";
import { digestOf, storedDigest, useEmulator } from "../support/emulator.ts";
import { until } from "../support/ending.ts";
import { BODY, GOOD, OPERATIONS, useHostile } from "../support/hostile.ts";
import { answer, onRequests, type RecordedRequest, serveSockets } from "../support/raw-server.ts";

const UPLOADED = answer("200 OK", GOOD);
const BUSY = answer("503 Service Unavailable", {}, "<Error><Code>SlowDown</Code></Error>");
const PARTS = 6;

const headerOf = ({ headers }: RecordedRequest, name: string): string | undefined =>
  headers.find(([other]) => other.toLowerCase() === name)?.[1];

test("each attempt is signed anew (tencent-connect/openclaw-qqbot#277)", async (t) => {
  let signatures = 0;
  const signer = async ({ path, headers }: SignableRequest) => {
    assert.match(path, /^\/k\?partNumber=1/);
    assert.equal(headers["Content-Length"], String(BODY.byteLength));
    signatures += 1;
    return { Authorization: `signature ${signatures}` };
  };
  const respond = (socket: Socket, _request: RecordedRequest, number: number): void =>
    void socket.end(number < 3 ? BUSY : UPLOADED);
  const { client, requests } = await useHostile(t, respond, { credentials: undefined, signer });
  const { attempts } = await client.uploadPart({ key: "k", uploadId: "id", partNumber: 1, body: BODY });
  assert.equal(attempts, 3);
  const sent = requests.map((request) => headerOf(request, "authorization"));
  assert.deepEqual(sent, ["signature 1", "signature 2", "signature 3"]);
  for (const { body } of requests) assert.deepEqual(body, BODY);
});

for (const [form, value] of Object.entries({
  seconds: (): string => "1",
  "a date": (): string => new Date(Date.now() + 2000).toUTCString(),
})) {
  test(`Retry-After in ${form} is waited for, up to maxDelay`, async (t) => {
    const retries: RetryEvent[] = [];
    const emulator = await useEmulator(t);
    const fault = {
      kind: "error",
      statusCode: 503,
      code: "SlowDown",
      headers: { "Retry-After": value() },
    } as const;
    emulator.faults.add({ operation: "PutObject", fault });
    const retry = { baseDelay: 1, maxDelay: 150 };
    const upload = createUploadStream({ ...emulator.target, key: "k", retry });
    upload.on("retry", (event) => retries.push(event));
    upload.end();
    await upload.done;
    assert.deepEqual(
      retries.map(({ operation, delay }) => [operation, delay]),
      [["PutObject", 150]],
    );
  });
}

test("Retry-After that is neither says nothing", async (t) => {
  const text = answer("503 Busy", { "Retry-After": "soon" }, "<Error><Code>SlowDown</Code></Error>");
  const { client } = await useHostile(t, text);
  await assert.rejects(OPERATIONS.PutObject!(client), { code: "SlowDown", retryAfter: undefined });
});

test("an expired token is renewed once for all parts that were refused, and no attempt is charged (aws/aws-sdk-js-v3#5215)", async (t) => {
  const emulator = await useEmulator(t);
  const asked: boolean[] = [];
  const old = { ...emulator.target.credentials, secretId: "AKIDexpired" };
  const credentials = async ({ refresh }: { refresh: boolean }): Promise<Credentials> => {
    asked.push(refresh);
    // All parts are signed with the first token before one of them is refused.
    await until(() => upload.stats().partsSending === PARTS, "all parts wait for credentials");
    return refresh || asked.length > 1 ? emulator.target.credentials : old;
  };
  emulator.faults.add({ operation: "UploadPart", times: PARTS, fault: { kind: "expired-token" } });
  const { uploadId } = await useClient(t, emulator.target).initiateMultipartUpload({ key: "k" });
  const options = { credentials, concurrency: PARTS, partSize: MIB, retry: { maxAttempts: 1 } };
  const upload = createUploadStream({ ...emulator.target, ...options, key: "k", uploadId, complete: true });
  const bytes = seededBytes(PARTS * MIB);
  upload.end(bytes);
  const { parts } = await upload.done;
  assert.deepEqual(asked, [false, true]);
  assert.deepEqual(
    parts.map(({ attempts }) => attempts),
    Array(PARTS).fill(2),
  );
  assert.equal(await storedDigest(emulator, "k"), digestOf(bytes));
});

test("an expired token that cannot be renewed is the error, after one request", async (t) => {
  const expired = answer("400 Bad Request", {}, "<Error><Code>ExpiredToken</Code></Error>");
  const { client, requests } = await useHostile(t, expired);
  await assert.rejects(OPERATIONS.PutObject!(client), { code: "ExpiredToken" });
  assert.equal(requests.length, 1);
});

test("a token that is refused over and over is asked for three times at most", async (t) => {
  const expired = answer("400 Bad Request", {}, "<Error><Code>ExpiredToken</Code></Error>");
  let asked = 0;
  const credentials = (): Credentials => ({ ...KEYS, securityToken: `token${++asked}` });
  const { client, requests } = await useHostile(t, expired, { credentials });
  await assert.rejects(OPERATIONS.PutObject!(client), { code: "ExpiredToken" });
  assert.deepEqual([requests.length, asked], [3, 3]);
});

for (const hours of [-5, 5]) {
  test(`a clock that is ${hours} h off is corrected for all parts at once, and no attempt is charged (aws/aws-sdk-js-v3#8005)`, async (t) => {
    const emulator = await useEmulator(t, { clock: () => Date.now() + hours * 3_600_000 });
    const { uploadId } = await useClient(t, emulator.target).initiateMultipartUpload({ key: "k" });
    const options = { concurrency: PARTS, partSize: MIB, retry: { maxAttempts: 1 } };
    const upload = createUploadStream({ ...emulator.target, ...options, key: "k", uploadId, complete: true });
    const codes = new Set<string>();
    upload.on("retry", ({ error }) => codes.add(error.code));
    const bytes = seededBytes(PARTS * MIB);
    upload.end(bytes);
    const { parts } = await upload.done;
    assert.equal(codes.size, 1);
    for (const { attempts } of parts) assert.ok(attempts <= 2, `${attempts} attempts`);
    assert.ok(parts.some(({ attempts }) => attempts === 2));
    assert.equal(await storedDigest(emulator, "k"), digestOf(bytes));
  });
}

test("a refusal for the time by a server whose clock agrees is not signed again", async (t) => {
  const refused = answer(
    "403 Forbidden",
    { Date: new Date().toUTCString() },
    "<Error><Code>RequestTimeTooSkewed</Code></Error>",
  );
  const { client, requests } = await useHostile(t, refused);
  await assert.rejects(OPERATIONS.PutObject!(client), { code: "RequestTimeTooSkewed" });
  assert.equal(requests.length, 1);
});

test("a server that names another time at every request is not believed for ever", async (t) => {
  let hours = 0;
  const { client, requests } = await useHostile(t, (socket) => {
    hours += 3;
    const date = new Date(Date.now() + hours * 3_600_000).toUTCString();
    socket.end(answer("403 Forbidden", { Date: date }, "<Error><Code>RequestTimeTooSkewed</Code></Error>"));
  });
  await assert.rejects(OPERATIONS.PutObject!(client), { code: "RequestTimeTooSkewed" });
  assert.equal(requests.length, 3);
});

/** A server whose connections end after their first answer, at the second request, as an idle keep-alive does. */
async function serveStale(t: TestContext): Promise<{ url: string; received: number[] }> {
  const received: number[] = [];
  let connections = 0;
  const { url } = await serveSockets(t, (socket) => {
    const connection = ++connections;
    onRequests(socket, (_request, number) => {
      received.push(connection);
      if (number === 1) socket.write(UPLOADED);
      else socket.resetAndDestroy();
    });
  });
  return { url, received };
}

for (const maxAttempts of [1, 5]) {
  test(`a request on a connection that went stale is made again at no charge: ${maxAttempts} attempts (tencentyun/cos-nodejs-sdk-v5#73)`, async (t) => {
    const { url, received } = await serveStale(t);
    const client = useClient(t, { endpoint: url, retry: { maxAttempts, ...AT_ONCE } });
    const part = { key: "k", uploadId: "id", partNumber: 1, body: BODY };
    assert.equal((await client.uploadPart(part)).attempts, 1);
    // The HTTP client takes a connection back a turn after its answer.
    await setImmediate();
    assert.equal((await client.uploadPart(part)).attempts, 2);
    assert.deepEqual(received, [1, 1, 2]);
  });
}

test("a reset of a connection that never answered is charged", async (t) => {
  const { client, requests } = await useHostile(t, (socket) => socket.resetAndDestroy(), {
    retry: { maxAttempts: 1 },
  });
  await assert.rejects(OPERATIONS.PutObject!(client), { code: "ERR_COS_NETWORK" });
  assert.equal(requests.length, 1);
});

test("`isRetryable` is asked with the typed error, and decides", async (t) => {
  const errors: CosUploadError[] = [];
  const isRetryable = (error: CosUploadError): boolean => errors.push(error) < 3;
  const forbidden = answer("403 Forbidden", {}, "<Error><Code>AccessDenied</Code></Error>");
  const retry = { maxAttempts: 10, ...AT_ONCE, isRetryable };
  const { client, requests } = await useHostile(t, forbidden, { retry });
  await assert.rejects(OPERATIONS.UploadPart!(client), { code: "AccessDenied", partNumber: 1 });
  assert.equal(requests.length, 3);
  assert.deepEqual(
    errors.map(({ code }) => code),
    Array(3).fill("AccessDenied"),
  );
});

test("retries of a stream are told with operation, part, attempt and error", async (t) => {
  const emulator = await useEmulator(t);
  emulator.faults.add({ operation: "UploadPart", partNumber: 2, times: 2, fault: { kind: "wrong-crc64" } });
  emulator.faults.add({
    operation: "CompleteMultipartUpload",
    fault: { kind: "error-in-200", code: "SlowDown" },
  });
  const upload = createUploadStream({ ...emulator.target, key: "k", partSize: MIB, retry: AT_ONCE });
  const told: unknown[] = [];
  upload.on("retry", ({ operation, partNumber, attempt, error }) =>
    told.push([operation, partNumber, attempt, error.code]),
  );
  upload.end(seededBytes(3 * MIB));
  await upload.done;
  assert.deepEqual(told, [
    ["UploadPart", 2, 1, "ERR_COS_INTEGRITY"],
    ["UploadPart", 2, 2, "ERR_COS_INTEGRITY"],
    ["CompleteMultipartUpload", undefined, 1, "SlowDown"],
  ]);
});
