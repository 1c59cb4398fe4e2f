import assert from "node:assert/strict";
import type { Socket } from "node:net";
import { test } from "node:test";
import { CosClient, type CosClientOptions, createUploadStream, type RetryEvent } from "../../lib/index.ts";
import { MIB, seededBytes } from "../support/bytes.ts";
import { AT_ONCE, useClient } from "../support/client.ts";
import { digestOf, operations, storedDigest, useEmulator } from "../support/emulator.ts";
import { ATTEMPTS, BACKUP, MARK, put, putOf, USUAL, useHosts, usePlace } from "../support/hosts.ts";
import { answer } from "../support/raw-server.ts";

const BUSY = "<Error><Code>ServiceUnavailable</Code></Error>";

const usual = (times: number): string[] => Array(times).fill(USUAL);

for (const [what, respond] of Object.entries<string | ((socket: Socket) => void)>({
  "503 that is not of COS": answer("503 Service Unavailable", {}, BUSY),
  "a reset": (socket) => socket.resetAndDestroy(),
  "a connection that ends without an answer": (socket) => socket.end(),
  "what is no HTTP": "hello",
  "the page of a portal": answer("200 OK", { "Content-Type": "text/html" }, "<html/>"),
})) {
  test(`the last attempt goes to the backup host, signed for it, after ${what}`, async (t) => {
    const place = await usePlace(t, respond);
    await using client = new CosClient(place.options);
    const part = Buffer.from("[Object Part]");
    const { uploadId } = await client.initiateMultipartUpload({ key: "k" });
    const { attempts } = await client.uploadPart({ key: "k", uploadId, partNumber: 1, body: part });
    assert.equal(attempts, ATTEMPTS);
    assert.deepEqual(place.visits, usual(2 * (ATTEMPTS - 1)));
    // The emulator verifies signatures by the Host that it got.
    for (const { headers, statusCode, bucket } of place.emulator.requests) {
      assert.equal(headers.host, BACKUP);
      assert.match(headers.authorization!, /q-header-list=[^&]*\bhost\b/);
      assert.equal(bucket, "examplebucket-1250000000");
      assert.equal(statusCode, 200);
    }
    await useClient(t, place.emulator.target).abortMultipartUpload({ key: "k", uploadId });
  });
}

test("a host that never answers is left after its time, and the backup host has a time of its own", async (t) => {
  const place = await usePlace(t, () => {});
  const more = { timeout: { attempt: 1500 }, retry: { maxAttempts: 2, ...AT_ONCE } };
  assert.deepEqual(await putOf(place, more), [USUAL, BACKUP]);
  assert.equal(place.emulator.requests[0]!.statusCode, 200);
});

for (const status of ["301 Moved Permanently", "302 Found", "307 Temporary Redirect"]) {
  test(`a redirect (${status}) that is not of COS leads to the backup host at once, wherever it points`, async (t) => {
    const place = await usePlace(t, answer(status, { Location: "https://elsewhere.example/" }));
    assert.deepEqual(await putOf(place), [USUAL, BACKUP]);
    assert.deepEqual(place.hosts.connected, [USUAL, BACKUP]);
    assert.equal(place.emulator.requests[0]!.statusCode, 200);
  });

  test(`a redirect (${status}) of COS is an error, and the backup host is left alone`, async (t) => {
    assert.deepEqual(await putOf(await usePlace(t, answer(status, MARK))), usual(1));
  });
}

test("a redirect to another scheme (308) is an error, and the backup host is left alone", async (t) => {
  assert.deepEqual(await putOf(await usePlace(t, answer("308 Permanent Redirect"))), usual(1));
});

test("a backup host that redirects too is not left for another", async (t) => {
  const place = await usePlace(t, answer("301 Moved Permanently"));
  place.emulator.faults.add({
    times: Number.POSITIVE_INFINITY,
    fault: { kind: "error", statusCode: 301, code: "Elsewhere", requestId: false },
  });
  assert.deepEqual(await putOf(place), [USUAL, BACKUP]);
});

test("a request that moved stays at the backup host for the attempts that it has left", async (t) => {
  const place = await usePlace(t, answer("302 Found"));
  place.emulator.faults.add({ fault: { kind: "error", statusCode: 503, code: "SlowDown" } });
  assert.deepEqual(await putOf(place), [USUAL, BACKUP, BACKUP]);
  assert.equal(place.emulator.requests[1]!.statusCode, 200);
});

test("each request begins at the usual host again", async (t) => {
  const place = await usePlace(t, answer("302 Found"));
  await using client = new CosClient(place.options);
  await put(client);
  await put(client);
  assert.deepEqual(place.visits, usual(2));
  assert.equal(place.emulator.requests.length, 2);
});

for (const [what, respond] of Object.entries<string | ((socket: Socket) => void)>({
  "503 of COS": answer("503 Service Unavailable", MARK, BUSY),
  "an answer of COS that is cut off": (socket) => {
    socket.end(answer("200 OK", { ...MARK, "Content-Length": "100" }, "<"));
  },
  "an answer of COS with another ETag": answer("200 OK", { ...MARK, ETag: `"${"0".repeat(32)}"` }),
})) {
  test(`after ${what} all attempts are made at the usual host`, async (t) => {
    assert.deepEqual(await putOf(await usePlace(t, respond)), usual(ATTEMPTS));
  });
}

test("what no other attempt would mend is not tried at the backup host", async (t) => {
  assert.deepEqual(await putOf(await usePlace(t, answer("403 Forbidden"))), usual(1));
});

const LOST = answer("502 Bad Gateway");
const SIGNER: CosClientOptions["signer"] = async () => ({ Authorization: "x" });

for (const [what, more, attempts = ATTEMPTS] of [
  ["without attempts to spare", { retry: { maxAttempts: 1 } }, 1],
  ["with `autoSwitchHost: false`", { autoSwitchHost: false }],
  ["with a signer of the caller's", { credentials: undefined, signer: SIGNER }],
] as [string, Partial<CosClientOptions>, number?][]) {
  test(`${what} the backup host is left alone`, async (t) => {
    assert.deepEqual(await putOf(await usePlace(t, LOST), more), usual(attempts));
  });
}

test("with `autoSwitchHost: false` a redirect is an error", async (t) => {
  const place = await usePlace(t, answer("301 Moved Permanently"));
  assert.deepEqual(await putOf(place, { autoSwitchHost: false }), usual(1));
});

for (const [what, more] of Object.entries<Partial<CosClientOptions>>({
  "the acceleration host": { accelerate: true },
  "the internal host": { internal: true },
  "the internal acceleration host": { internal: true, accelerate: true },
  "a domain of one's own": { endpoint: "https://files.example.com" },
  "a host that only begins like COS's": { endpoint: `https://${USUAL}.example.com` },
  "a host that only ends like COS's": { endpoint: "https://evil.example-1.cosmyqcloud.com" },
  "a port of one's own": { endpoint: `https://${USUAL}:8443` },
})) {
  test(`${what} has no backup: nothing else is connected to`, async (t) => {
    const { options, hosts } = await usePlace(t, LOST);
    await using client = new CosClient({ ...options, ...more });
    await assert.rejects(put(client));
    assert.equal(new Set(hosts.connected).size, 1);
    assert.ok(!hosts.connected.includes(BACKUP));
  });
}

test("plain HTTP stays plain HTTP at the backup host", async (t) => {
  const place = await usePlace(t, LOST, { endpoint: "http://{bucket}.cos.{region}.myqcloud.com" });
  assert.deepEqual(await putOf(place), [...usual(ATTEMPTS - 1), BACKUP]);
});

test("a host that does not exist is done without: a whole upload goes by the backup host", async (t) => {
  const emulator = await useEmulator(t);
  const { dispatcher } = useHosts(t, { [BACKUP]: emulator.url });
  const { bucket, credentials } = emulator.target;
  const bytes = seededBytes(3 * MIB + 7);
  const retry = { maxAttempts: 2, ...AT_ONCE };
  const options = { bucket, region: "ap-beijing", credentials, dispatcher, retry, key: "k", partSize: MIB };
  const upload = createUploadStream(options);
  const retries: RetryEvent[] = [];
  upload.on("retry", (event) => retries.push(event));
  upload.end(bytes);
  const { parts } = await upload.done;
  assert.equal(await storedDigest(emulator, "k"), digestOf(bytes));
  assert.deepEqual(
    parts.map(({ attempts }) => attempts),
    [2, 2, 2, 2],
  );
  for (const { error } of retries) assert.equal(error.host, USUAL);
});

test("a Complete whose answer is lost is found done at the backup host, and is no failure", async (t) => {
  const emulator = await useEmulator(t);
  const { dispatcher } = useHosts(t, { [USUAL]: emulator.url, [BACKUP]: emulator.url });
  const { bucket, credentials } = emulator.target;
  emulator.faults.add({ operation: "CompleteMultipartUpload", fault: { kind: "lost-answer" } });
  const retry = { maxAttempts: 2, ...AT_ONCE };
  const options = { bucket, region: "ap-beijing", credentials, dispatcher, retry, key: "k", partSize: MIB };
  const upload = createUploadStream(options);
  const bytes = seededBytes(2 * MIB);
  upload.end(bytes);
  await upload.done;
  assert.equal(await storedDigest(emulator, "k"), digestOf(bytes));
  const completes = emulator.requests.filter(({ operation }) => operation === "CompleteMultipartUpload");
  assert.deepEqual(
    completes.map(({ headers, code }) => [headers.host, code]),
    [
      [USUAL, undefined],
      [BACKUP, "NoSuchUpload"],
    ],
  );
  assert.equal(operations(emulator).at(-1), "HeadObject");
});

test("that COS answered one attempt says nothing of the next", async (t) => {
  let requests = 0;
  const place = await usePlace(t, (socket) => {
    if (++requests === 1) socket.end(answer("503 Service Unavailable", MARK, BUSY));
    else socket.resetAndDestroy();
  });
  assert.deepEqual(await putOf(place), [...usual(ATTEMPTS - 1), BACKUP]);
});
