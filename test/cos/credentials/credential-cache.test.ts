import assert from "node:assert/strict";
import { test } from "node:test";
import { CredentialCache } from "../../../lib/cos/credentials/credential-cache.ts";
import type { Credentials } from "../../../lib/cos/credentials/credentials.ts";
import { CosUploadError } from "../../../lib/errors.ts";
import { assertHidden } from "../../support/canaries.ts";
import "../../support/leaks.ts";

const keys = (name: string, expiresAt?: number): Credentials => ({
  secretId: name,
  secretKey: "key",
  ...(expiresAt !== undefined && { expiresAt: new Date(expiresAt) }),
});

/** A cache whose provider gives a new name each time and is told of, under a clock that the test sets. */
function cacheOf(lifetime?: number) {
  const state = { now: 0, asked: [] as boolean[] };
  const provider = async ({ refresh }: { refresh: boolean }): Promise<Credentials> => {
    state.asked.push(refresh);
    await Promise.resolve();
    return keys(`id${state.asked.length}`, lifetime === undefined ? undefined : state.now + lifetime);
  };
  return { state, cache: new CredentialCache(provider, () => state.now) };
}

test("all who wait share one call of the provider", async () => {
  const { cache, state } = cacheOf();
  const found = await Promise.all(Array.from({ length: 20 }, () => cache.get()));
  assert.deepEqual(state.asked, [false]);
  assert.equal(new Set(found).size, 1);
});

test("credentials without an end are kept", async () => {
  const { cache, state } = cacheOf();
  await cache.get();
  state.now = 1e15;
  await cache.get();
  assert.deepEqual(state.asked, [false]);
});

test("credentials are kept until a minute before they end, and no longer", async () => {
  const { cache, state } = cacheOf(3_600_000);
  await cache.get();
  state.now = 3_600_000 - 60_001;
  assert.equal((await cache.get()).secretId, "id1");
  state.now += 1;
  assert.equal((await cache.get()).secretId, "id2");
  assert.deepEqual(state.asked, [false, false]);
});

test("refused credentials are renewed once for all that were refused with them", async () => {
  const { cache, state } = cacheOf();
  const expired = await cache.get();
  const renewed = await Promise.all(Array.from({ length: 5 }, () => cache.refresh(expired)));
  assert.deepEqual(renewed, Array(5).fill(true));
  assert.equal(await cache.refresh(expired), true);
  assert.deepEqual(state.asked, [false, true]);
  assert.equal((await cache.get()).secretId, "id2");
});

test("credentials that look the same are asked for anew when they are refused, whichever object they came in", async () => {
  const asked: boolean[] = [];
  let now = 0;
  const provider = ({ refresh }: { refresh: boolean }): Credentials => {
    asked.push(refresh);
    return refresh ? keys("new") : keys("old", now + 60_000);
  };
  const cache = new CredentialCache(provider, () => now);
  const first = await cache.get();
  now += 30_000;
  // Another object with the same keys in it, as a provider with a cache of its own gives.
  await cache.get();
  assert.equal(await cache.refresh(first), true);
  assert.deepEqual(asked, [false, false, true]);
  assert.equal((await cache.get()).secretId, "new");
});

test("a refusal that comes while the provider is being asked is told to it, once, for all that were refused", async () => {
  const asked: boolean[] = [];
  const provider = async ({ refresh }: { refresh: boolean }): Promise<Credentials> => {
    asked.push(refresh);
    await Promise.resolve();
    return keys(refresh ? "new" : "old", 60_000);
  };
  const cache = new CredentialCache(provider, () => 0);
  const old = await cache.get();
  const renewing = cache.get();
  const renewed = await Promise.all([cache.refresh(old), cache.refresh(old), cache.refresh(old)]);
  assert.equal((await renewing).secretId, "old");
  assert.deepEqual(renewed, [true, true, true]);
  assert.deepEqual(asked, [false, false, true]);
});

test("a call that fails while a refusal waits for it does not stand for the refusal", async () => {
  const old = keys("old", 60_000);
  const provider = async ({ refresh }: { refresh: boolean }): Promise<Credentials> => {
    if (refresh) return keys("new");
    await Promise.resolve();
    throw new Error("not now");
  };
  const cache = new CredentialCache(provider, () => 0);
  const failing = cache.get().catch((error: CosUploadError) => error.code);
  assert.equal(await cache.refresh(old), true);
  assert.equal(await failing, "ERR_COS_CREDENTIALS");
});

test("a provider that has nothing newer is told apart, so that nothing is signed in vain", async () => {
  const same = keys("same");
  const cache = new CredentialCache(() => ({ ...same }));
  assert.equal(await cache.refresh(await cache.get()), false);
});

test("the same key with another token is newer", async () => {
  let asked = 0;
  const cache = new CredentialCache(() => ({ ...keys("same"), securityToken: `token${++asked}` }));
  assert.equal(await cache.refresh(await cache.get()), true);
});

test("a provider's failure is typed, keeps its cause, and is not remembered", async () => {
  const cause = new Error("no network");
  let asked = 0;
  const cache = new CredentialCache(() => {
    if (++asked === 1) throw cause;
    return keys("later");
  });
  await assert.rejects(cache.get(), { name: "CosUploadError", code: "ERR_COS_CREDENTIALS", cause });
  assert.equal((await cache.get()).secretId, "later");
});

test("a typed failure of a provider keeps its code and message, in an error of each waiter's own", async () => {
  const own = new CosUploadError("ERR_COS_NO_CREDENTIALS", "nothing");
  const cache = new CredentialCache(() => Promise.reject(own));
  const failures = await Promise.all(
    [cache.get(), cache.get()].map((promise) => promise.catch((error) => error)),
  );
  for (const failure of failures) {
    assert.equal(failure.code, "ERR_COS_NO_CREDENTIALS");
    assert.equal(failure.message, "nothing");
    assert.equal(failure.cause, own);
  }
  assert.notEqual(failures[0], failures[1]);
});

for (const [flaw, value] of Object.entries<unknown>({
  "is not an object": undefined,
  "has no secretId": { secretKey: "canarySecretKey" },
  "has no secretKey": { secretId: "canarySecretId", secretKey: "" },
  "has a secretKey with spaces": { secretId: "a", secretKey: "canary SecretKey" },
  "has no securityToken": { secretId: "a", secretKey: "canarySecretKey", securityToken: null },
  "has an expiresAt that is not a valid Date": { secretId: "a", secretKey: "canarySecretKey", expiresAt: 5 },
})) {
  test(`what a provider returns and ${flaw} is refused without being shown`, async () => {
    const cache = new CredentialCache(() => value as Credentials);
    await assert.rejects(cache.get(), (error: Error) => {
      assert.equal((error as { code?: string }).code, "ERR_COS_CREDENTIALS");
      assert.ok(error.message.includes(flaw), error.message);
      assertHidden(error, ["canarySecretKey", "canarySecretId", "canary SecretKey"]);
      return true;
    });
  });
}

test("a provider that fails while its last keys are still good is asked again later, and they are used", async () => {
  let now = 0;
  let fails = false;
  let asked = 0;
  const provider = (): Credentials => {
    asked += 1;
    if (fails) throw new Error("not now");
    return keys("first", 120_000);
  };
  const cache = new CredentialCache(provider, () => now);
  await cache.get();
  fails = true;
  now = 119_000;
  assert.equal((await cache.get()).secretId, keys("first").secretId);
  assert.equal((await cache.get()).secretId, keys("first").secretId);
  assert.equal(asked, 3);
  now = 120_001;
  await assert.rejects(cache.get(), { code: "ERR_COS_CREDENTIALS" });
});
