import assert from "node:assert/strict";
import { describe, type TestContext, test } from "node:test";
import { setTimeout as sleep, setImmediate as turn } from "node:timers/promises";
import { CredentialCache } from "../../lib/cos/credentials/credential-cache.ts";
import { withDeadline } from "../../lib/cos/deadline.ts";
import type { CosClientOptions, CredentialProvider, Credentials } from "../../lib/index.ts";
import { chainOf, useMetadata, usePod, useSts } from "../cos/credentials/support.ts";
import { sign } from "../emulator/support.ts";
import { MIB, seededBytes } from "../support/bytes.ts";
import { useClient } from "../support/client.ts";
import { useEmulator } from "../support/emulator.ts";
import { failure, recordEnding, success, until } from "../support/ending.ts";
import { serveHttp } from "../support/raw-server.ts";

const BODY = Buffer.from("[Object Part]");
const TIMED_OUT = { code: "ERR_COS_CREDENTIALS", message: /did not answer within \d+ ms/ };
const NEVER = new Promise<never>(() => {});

const keys = (name: string, expiresAt?: number): Credentials => ({
  secretId: name,
  secretKey: "key",
  ...(expiresAt !== undefined && { expiresAt: new Date(expiresAt) }),
});

/** An emulator, and options of a client whose provider answers its calls in turn: with keys that last so many milliseconds, or never. */
async function useProvider(t: TestContext, ...answers: readonly (number | "never")[]) {
  const emulator = await useEmulator(t);
  const { bucket, region, endpoint, credentials: own } = emulator.target;
  const asked: boolean[] = [];
  const credentials: CredentialProvider = async ({ refresh }) => {
    const answer = answers[Math.min(asked.length, answers.length - 1)]!;
    asked.push(refresh);
    return answer === "never" ? await NEVER : { ...own, expiresAt: new Date(Date.now() + answer) };
  };
  const options: CosClientOptions = { bucket, region, endpoint, credentials, timeout: { attempt: 500 } };
  return { emulator, asked, options, client: useClient(t, options as typeof options & { endpoint: string }) };
}

const HOUR = 3_600_000;
const put = { key: "k", body: BODY };

describe("A credentials provider that hangs once", () => {
  test("fails who waited for it, and the next request asks it anew", async (t) => {
    const { client, asked } = await useProvider(t, "never", HOUR);
    await assert.rejects(client.putObject(put), TIMED_OUT);
    await client.putObject(put);
    assert.deepEqual(asked, [false, false]);
  });

  test("is asked anew once for all who waited, however many", async (t) => {
    const { client, asked } = await useProvider(t, "never", "never");
    const calls = Array.from({ length: 24 }, () => assert.rejects(client.putObject(put), TIMED_OUT));
    await Promise.all(calls);
    assert.ok(asked.length <= 2, `asked ${asked.length} times`);
  });

  test("fails the stream that waited for it, and not the next", async (t) => {
    const { client, asked } = await useProvider(t, "never", HOUR);
    const hung = client.createUploadStream({ key: "k" });
    const ending = recordEnding(hung);
    hung.end("x");
    assert.equal((await failure(ending)).code, "ERR_COS_CREDENTIALS");
    const next = client.createUploadStream({ key: "k", partSize: MIB });
    const nextEnding = recordEnding(next);
    next.end(seededBytes(3 * MIB));
    await success(nextEnding);
    assert.deepEqual(asked, [false, false]);
  });

  test("does not fail a request that can wait for longer: it asks anew as soon as the call is given up", async (t) => {
    const { client, asked } = await useProvider(t, "never", HOUR);
    const impatient = client.createUploadStream({ key: "k", timeout: { attempt: 20 } });
    const ending = recordEnding(impatient);
    impatient.end("x");
    const patient = client.putObject(put);
    assert.equal((await failure(ending)).code, "ERR_COS_CREDENTIALS");
    await patient;
    assert.deepEqual(asked, [false, false]);
  });

  test("while keys are still good fails nothing: they are used", async (t) => {
    const { options, asked, emulator } = await useProvider(t, 50_000, "never");
    const client = useClient(t, { ...options, endpoint: emulator.url, timeout: {} });
    await client.putObject(put);
    const upload = client.createUploadStream({ key: "stream", partSize: MIB });
    const ending = recordEnding(upload);
    upload.end(seededBytes(5 * MIB));
    await success(ending);
    for (let call = 0; call < 5; call++) await client.headObject({ key: "k" });
    assert.deepEqual(asked, [false, false]);
    assert.ok(emulator.requests.every(({ statusCode }) => statusCode === 200));
  });

  test("after COS refused its keys fails that request, and the next asks anew", async (t) => {
    const { client, asked, emulator } = await useProvider(t, HOUR, "never", HOUR);
    const fault = { kind: "expired-token" } as const;
    emulator.faults.add({ times: 1, fault });
    await assert.rejects(client.putObject(put), TIMED_OUT);
    await client.putObject(put);
    assert.deepEqual(asked, [false, true]);
    emulator.faults.add({ times: 1, fault });
    // The provider has the same keys as before.
    await assert.rejects(client.putObject(put), { code: "ExpiredToken" });
    assert.deepEqual(asked, [false, true, true]);
  });

  test("does not keep a client from being closed, nor an abort from being heard", async (t) => {
    const { client } = await useProvider(t, "never");
    const controller = new AbortController();
    const running = client.putObject({ ...put, signal: controller.signal });
    await turn();
    controller.abort();
    await assert.rejects(running, { code: "ABORT_ERR" });
    await client.close();
  });

  test("is not given up by a request that is aborted: others may wait for it", async (t) => {
    const { promise, resolve } = withResolvers<void>();
    const emulator = await useEmulator(t);
    let asked = 0;
    const { credentials: own, ...target } = emulator.target;
    const credentials = async (): Promise<Credentials> => {
      asked += 1;
      await promise;
      return own;
    };
    const client = useClient(t, { ...target, credentials });
    const controller = new AbortController();
    const aborted = client.putObject({ ...put, signal: controller.signal });
    const other = client.putObject(put);
    await turn();
    controller.abort();
    await assert.rejects(aborted, { code: "ABORT_ERR" });
    resolve();
    await other;
    assert.equal(asked, 1);
  });
});

describe("A signer that hangs once", () => {
  test("fails that request, and the next asks it anew", async (t) => {
    const emulator = await useEmulator(t);
    const { bucket, region, endpoint } = emulator.target;
    let asked = 0;
    const signer: CosClientOptions["signer"] = async ({ method, key, query, headers }) => {
      asked += 1;
      if (asked === 1) await NEVER;
      return { Authorization: sign(emulator, { method, key, query, headers }) };
    };
    const client = useClient(t, { bucket, region, endpoint, signer, timeout: { attempt: 500 } });
    await assert.rejects(client.putObject(put), TIMED_OUT);
    await client.putObject(put);
    assert.equal(asked, 2);
  });
});

/** Asks for keys, and waits for so many milliseconds. */
const get = (cache: CredentialCache, milliseconds: number): Promise<Credentials> =>
  withDeadline(
    { signal: new AbortController().signal, milliseconds, expired: () => new Error("waited in vain") },
    (deadline) => cache.get(deadline),
  );

describe("A service for keys that hangs once", () => {
  const HELD = { message: "waited in vain" };

  test("is asked anew: the Security Token Service of a pod", async (t) => {
    const sts = await useSts(t);
    const env = await usePod(t);
    const silent = await serveHttp(t, () => {});
    const cache = new CredentialCache(
      inTurn(chainOf({ env, stsEndpoint: silent.url }), chainOf({ env, stsEndpoint: sts.url })),
    );
    await assert.rejects(get(cache, 50), HELD);
    assert.equal((await get(cache, 20_000)).secretId, "AKIDpod");
  });

  test("is asked anew: the metadata service of a cloud server", async (t) => {
    const metadataEndpoint = await useMetadata(t, "role");
    const silent = await serveHttp(t, () => {});
    const cache = new CredentialCache(
      inTurn(chainOf({ metadataEndpoint: silent.url }), chainOf({ metadataEndpoint })),
    );
    await assert.rejects(get(cache, 50), HELD);
    assert.equal((await get(cache, 20_000)).secretId, "AKIDrole");
  });
});

/** A provider that is the first of these at its first call, and the second after it. */
function inTurn(first: CredentialProvider, second: CredentialProvider): CredentialProvider {
  let calls = 0;
  return (context) => (++calls === 1 ? first : second)(context);
}

describe("A call of a provider that is not answered in time", () => {
  /** A cache whose provider is answered by the test, call by call. */
  function cacheOf(patience: number) {
    const calls: { refresh: boolean; answer(credentials: Credentials): void; fail(error: unknown): void }[] =
      [];
    const state = { now: 0 };
    const provider: CredentialProvider = ({ refresh }) =>
      new Promise<Credentials>((answer, fail) => calls.push({ refresh, answer, fail }));
    return { calls, state, cache: new CredentialCache(provider, () => state.now, patience) };
  }
  const vain = { message: "waited in vain" };

  test("is taken when it comes late: the next request uses its keys", async () => {
    const { cache, calls } = cacheOf(1);
    await assert.rejects(get(cache, 5), vain);
    calls[0]!.answer(keys("late"));
    await turn();
    assert.equal((await get(cache, 5)).secretId, "late");
    assert.equal(calls.length, 1);
  });

  test("does not take the place of a later one's", async () => {
    const { cache, calls } = cacheOf(1);
    await assert.rejects(get(cache, 5), vain);
    const next = get(cache, 1000);
    calls[1]!.answer(keys("new"));
    assert.equal((await next).secretId, "new");
    calls[0]!.answer(keys("old"));
    await turn();
    assert.equal((await get(cache, 5)).secretId, "new");
  });

  test("is no failure of anything when it fails late", async () => {
    const { cache, calls } = cacheOf(1);
    await assert.rejects(get(cache, 5), vain);
    calls[0]!.fail(new Error("at last"));
    await turn();
    const next = get(cache, 1000);
    calls[1]!.answer(keys("new"));
    assert.equal((await next).secretId, "new");
  });

  test("is waited for by those who have good keys for a moment, once, and not asked again", async () => {
    const { cache, calls, state } = cacheOf(5);
    const first = get(cache, 1000);
    calls[0]!.answer(keys("first", 100_000));
    await first;
    state.now = 50_000;
    const found = await Promise.all([get(cache, 1000), get(cache, 1000), get(cache, 1000)]);
    assert.deepEqual(new Set(found.map(({ secretId }) => secretId)), new Set(["first"]));
    assert.equal((await get(cache, 1)).secretId, "first");
    assert.equal(calls.length, 2);
    calls[1]!.answer(keys("second"));
    await turn();
    assert.equal((await get(cache, 1)).secretId, "second");
  });

  test("is given up at once when the last keys have expired meanwhile", async () => {
    const { cache, calls, state } = cacheOf(1);
    const first = get(cache, 1000);
    calls[0]!.answer(keys("first", 100_000));
    await first;
    state.now = 50_000;
    await get(cache, 1000);
    state.now = 100_000;
    const next = get(cache, 1000);
    await until(() => calls.length === 3, "asked anew");
    calls[2]!.answer(keys("third"));
    assert.equal((await next).secretId, "third");
  });

  test("does not keep a refusal from being told to the provider", async () => {
    const { cache, calls, state } = cacheOf(1);
    const first = get(cache, 1000);
    calls[0]!.answer(keys("first", 100_000));
    const refused = await first;
    state.now = 50_000;
    await get(cache, 1000);
    const renewed = cache.refresh(refused);
    await until(() => calls.length === 3, "told");
    assert.equal(calls[2]!.refresh, true);
    calls[2]!.answer(keys("new"));
    assert.equal(await renewed, true);
  });

  test("of a refusal is waited for by all, however long the refused keys would last", async () => {
    const { cache, calls, state } = cacheOf(1);
    const first = get(cache, 1000);
    calls[0]!.answer(keys("first", 100_000));
    const refused = await first;
    state.now = 50_000;
    const renewing = cache.refresh(refused);
    await turn();
    const other = get(cache, 1000);
    await sleep(10);
    calls[1]!.answer(keys("new"));
    assert.equal(await renewing, true);
    assert.equal((await other).secretId, "new");
    assert.deepEqual(
      calls.map(({ refresh }) => refresh),
      [false, true],
    );
  });
});

function withResolvers<T>(): { promise: Promise<T>; resolve: (value: T) => void } {
  let resolve!: (value: T) => void;
  const promise = new Promise<T>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
