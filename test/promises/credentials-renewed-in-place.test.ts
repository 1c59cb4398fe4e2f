import assert from "node:assert/strict";
import { describe, type TestContext, test } from "node:test";
import { runInNewContext } from "node:vm";
import { CredentialCache } from "../../lib/cos/credentials/credential-cache.ts";
import type { Emulator } from "../../lib/emulator/index.ts";
import type { CredentialProvider, Credentials, CustomSigner } from "../../lib/index.ts";
import { sign } from "../emulator/support.ts";
import { MIB, seededBytes } from "../support/bytes.ts";
import { assertHidden } from "../support/canaries.ts";
import { AT_ONCE, useClient } from "../support/client.ts";
import { useEmulator } from "../support/emulator.ts";
import { recordEnding, success } from "../support/ending.ts";

const IDS = { secretId: "AKIDtemporary", secretKey: "keyOfTheIdentity" };
const HOUR = 3_600_000;
type Mutable = { -readonly [name in keyof Credentials]: Credentials[name] };

/** Providers that hand out one object again and again, with new keys in it. */
const RENEWALS: Readonly<
  Record<string, () => { provider: CredentialProvider; renew: (token: string) => void }>
> = {
  "the same object, changed when it is asked": () => {
    const keys: Mutable = { ...IDS, securityToken: "" };
    let token = "";
    return {
      provider: () => Object.assign(keys, { securityToken: token, expiresAt: new Date(Date.now() + HOUR) }),
      renew: (next) => {
        token = next;
      },
    };
  },
  "the same object, changed at any time": () => {
    const keys: Mutable = { ...IDS, securityToken: "", expiresAt: new Date(Date.now() + HOUR) };
    return { provider: async () => keys, renew: (next) => void Object.assign(keys, { securityToken: next }) };
  },
  "the same object and the same date": () => {
    const expiresAt = new Date(0);
    const keys: Mutable = { ...IDS, securityToken: "", expiresAt };
    return {
      provider: () => {
        expiresAt.setTime(Date.now() + HOUR);
        return keys;
      },
      renew: (next) => void Object.assign(keys, { securityToken: next }),
    };
  },
  "an object of a class whose getters tell what is good now": () => {
    let token = "";
    class Session {
      get secretId(): string {
        return IDS.secretId;
      }
      get secretKey(): string {
        return IDS.secretKey;
      }
      get securityToken(): string {
        return token;
      }
    }
    const session = new Session();
    return {
      provider: () => session,
      renew: (next) => {
        token = next;
      },
    };
  },
  "a proxy": () => {
    const keys: Mutable = { ...IDS, securityToken: "" };
    const proxy = new Proxy(keys, {});
    return { provider: () => proxy, renew: (next) => void Object.assign(keys, { securityToken: next }) };
  },
  "frozen objects": () => {
    let token = "";
    return {
      provider: () => Object.freeze({ ...IDS, securityToken: token }),
      renew: (next) => {
        token = next;
      },
    };
  },
};

describe("A provider that renews in place is followed", () => {
  for (const [what, make] of Object.entries(RENEWALS)) {
    test(`with ${what}`, async (t) => {
      const emulator = await useSts(t);
      const { provider, renew } = make();
      renew("token1");
      let asked = 0;
      const client = clientOf(t, emulator, (context) => {
        asked += 1;
        if (context.refresh) renew("token2");
        return provider(context);
      });
      const upload = client.createUploadStream({ key: "k", partSize: MIB });
      const ending = recordEnding(upload);
      upload.write(seededBytes(2 * MIB));
      emulator.faults.add({ times: 1, fault: { kind: "expired-token" } });
      upload.end(seededBytes(MIB));
      await success(ending);
      assert.equal(asked, 2);
      const tokens = emulator.requests.map(({ headers }) => headers["x-cos-security-token"]);
      assert.deepEqual([...new Set(tokens)], ["token1", "token2"]);
    });
  }
});

/** An emulator that takes any token, as the keys are right. */
async function useSts(t: TestContext): Promise<Emulator> {
  return await useEmulator(t, { credentials: IDS });
}

const clientOf = (t: TestContext, { target }: Emulator, credentials: CredentialProvider) =>
  useClient(t, { ...target, credentials, retry: AT_ONCE });

describe("Credentials are what they were when the provider returned them", () => {
  const NOW = Date.parse("2026-11-02T10:00:00Z");
  const cacheOf = (provider: CredentialProvider) => new CredentialCache(provider, () => NOW);

  test("whatever is done to the object afterwards", async () => {
    const keys: Mutable = { ...IDS, securityToken: "token", expiresAt: new Date(NOW + HOUR) };
    let asked = 0;
    const cache = cacheOf(() => {
      asked += 1;
      return keys;
    });
    const first = await cache.get();
    Object.assign(keys, { secretId: "other", secretKey: "", securityToken: 5, expiresAt: "never" });
    assert.deepEqual(await cache.get(), first);
    assert.deepEqual(first, { ...IDS, securityToken: "token", expiresAt: new Date(NOW + HOUR) });
    assert.equal(asked, 1);
  });

  test("whatever is done to the date afterwards", async () => {
    const expiresAt = new Date(NOW + HOUR);
    let asked = 0;
    const cache = cacheOf(() => {
      asked += 1;
      return { ...IDS, expiresAt };
    });
    await cache.get();
    expiresAt.setTime(0);
    await cache.get();
    expiresAt.setTime(Number.NaN);
    await cache.get();
    assert.equal(asked, 1);
  });

  test("though each property is read once, and may be another the next time", async () => {
    const reads: string[] = [];
    const keys = new Proxy<Credentials>(
      { ...IDS, securityToken: "token" },
      {
        get(target, name) {
          reads.push(String(name));
          const isFirst = reads.filter((read) => read === String(name)).length === 1;
          return isFirst ? Reflect.get(target, name) : "";
        },
      },
    );
    assert.deepEqual(await cacheOf(async () => keys).get(), { ...IDS, securityToken: "token" });
    const own = reads.filter((name) => name !== "then");
    assert.deepEqual(own.sort(), ["expiresAt", "secretId", "secretKey", "securityToken"]);
  });

  test("with a date of another realm, or of a class of its own", async () => {
    class Later extends Date {
      override getTime(): number {
        return Number.POSITIVE_INFINITY;
      }
    }
    const dates = [runInNewContext(`new Date(${NOW + HOUR})`) as Date, new Later(NOW + HOUR)];
    for (const expiresAt of dates) {
      const found = await cacheOf(() => ({ ...IDS, expiresAt })).get();
      assert.equal(found.expiresAt?.getTime(), NOW + HOUR);
    }
  });

  test("and a getter that throws is the provider's failure", async () => {
    const cause = new Error("no session");
    const keys = {
      ...IDS,
      get securityToken(): string {
        throw cause;
      },
    };
    await assert.rejects(cacheOf(() => keys).get(), { code: "ERR_COS_CREDENTIALS", cause });
  });

  test("and keys of which only the secret key is new are new", async () => {
    let asked = 0;
    const cache = cacheOf(() => ({ ...IDS, secretKey: `key${++asked}` }));
    assert.equal(await cache.refresh(await cache.get()), true);
  });

  test("and what the caller gave as credentials may change, too", async (t) => {
    const emulator = await useEmulator(t);
    const credentials: Mutable = { ...emulator.target.credentials, expiresAt: new Date(Date.now() + HOUR) };
    const client = useClient(t, { ...emulator.target, credentials });
    credentials.expiresAt?.setTime(0);
    Object.assign(credentials, { secretKey: "", expiresAt: undefined });
    await client.putObject({ key: "k", body: Buffer.from("x") });
  });
});

describe("Headers are what they were when the signer returned them", () => {
  const body = Buffer.from("x");

  test("though it has one object that it changes for each request", async (t) => {
    const emulator = await useEmulator(t);
    const { bucket, region, endpoint } = emulator.target;
    const headers: Record<string, string> = {};
    const signer: CustomSigner = async ({ method, key, query, headers: own }) => {
      headers.Authorization = sign(emulator, { method, key, query, headers: own });
      // While this request is on its way.
      setImmediate(() => {
        headers.Authorization = "gone";
        headers["bad name"] = "\n";
      });
      delete headers["bad name"];
      return headers;
    };
    const client = useClient(t, { bucket, region, endpoint, signer });
    for (const key of ["a", "b", "c"]) await client.putObject({ key, body });
    assert.ok(emulator.requests.every(({ statusCode }) => statusCode === 200));
  });

  test("and what it does to the request that it gets changes nothing of what is sent", async (t) => {
    const emulator = await useEmulator(t);
    const { bucket, region, endpoint } = emulator.target;
    const signer: CustomSigner = async (request) => {
      const { method, key, query, headers } = request;
      const Authorization = sign(emulator, { method, key, query, headers });
      Object.assign(headers, {
        Host: "elsewhere.example",
        "x-cos-acl": "public-read",
        Authorization: "none",
      });
      Object.assign(query, { acl: "" });
      Object.assign(request, { path: "/other", host: "elsewhere.example" });
      return { Authorization };
    };
    const client = useClient(t, { bucket, region, endpoint, signer });
    await client.putObject({ key: "k", body });
    const { headers, path } = emulator.requests[0]!;
    assert.deepEqual([headers.host, headers["x-cos-acl"], path], [new URL(endpoint).host, undefined, "/k"]);
  });

  test("and the secrets that errors do not show are those that were sent", async (t) => {
    const emulator = await useEmulator(t);
    const { bucket, region, endpoint } = emulator.target;
    const ticket = "canary+of/a=ticket&0123456789";
    emulator.faults.add({ fault: { kind: "error", statusCode: 403, body: `not ${ticket}` } });
    const headers: Record<string, string> = {};
    const signer: CustomSigner = async () => {
      setImmediate(() => delete headers["x-ticket"]);
      return Object.assign(headers, { Authorization: "x", "x-ticket": ticket });
    };
    const client = useClient(t, { bucket, region, endpoint, signer });
    const failure = await client.putObject({ key: "k", body }).catch((error) => error);
    assert.equal(failure.statusCode, 403);
    assertHidden(failure, [ticket]);
  });
});
