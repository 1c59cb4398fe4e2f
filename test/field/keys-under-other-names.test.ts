import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { createUploadStream } from "../../lib/index.ts";
import { fetchFrom, useFile } from "../cos/credentials/support.ts";
import { assertHidden } from "../support/canaries.ts";
import { runScript } from "../support/child.ts";
import { useEmulator } from "../support/emulator.ts";

/** Who uses them, the names of both keys, and those of a token beside them. */
const SETS: readonly (readonly [who: string, id: string, key: string, tokens: readonly string[]])[] = [
  [
    "the SDKs, tccli, Terraform and Pulumi",
    "TENCENTCLOUD_SECRET_ID",
    "TENCENTCLOUD_SECRET_KEY",
    ["TENCENTCLOUD_SESSION_TOKEN", "TENCENTCLOUD_TOKEN", "TENCENTCLOUD_SECURITY_TOKEN"],
  ],
  [
    "samples of COS",
    "COS_SECRET_ID",
    "COS_SECRET_KEY",
    ["COS_SESSION_TOKEN", "COS_SECURITY_TOKEN", "COS_TOKEN"],
  ],
  [
    "samples of COS in Go",
    "COS_SECRETID",
    "COS_SECRETKEY",
    ["COS_SESSIONTOKEN", "COS_SESSION_TOKEN", "COS_TOKEN"],
  ],
  ["Hadoop-COS", "COSN_SECRET_ID", "COSN_SECRET_KEY", []],
  ["Serverless Cloud Framework", "TENCENT_SECRET_ID", "TENCENT_SECRET_KEY", ["TENCENT_TOKEN"]],
  ["older tools", "QCLOUD_SECRET_ID", "QCLOUD_SECRET_KEY", ["QCLOUD_SECRET_TOKEN"]],
  [
    "functions of SCF and CloudBase",
    "TENCENTCLOUD_SECRETID",
    "TENCENTCLOUD_SECRETKEY",
    ["TENCENTCLOUD_SESSIONTOKEN"],
  ],
];

const TOKENS_OF_ANY_SET = [
  "TENCENTCLOUD_SESSION_TOKEN",
  "TENCENTCLOUD_TOKEN",
  "TENCENTCLOUD_SECURITY_TOKEN",
  "TENCENTCLOUD_SESSIONTOKEN",
];
const KEYS = { secretId: "AKIDexample", secretKey: "canaryOfTheSecretKey" };

for (const [who, id, key, tokens] of SETS) {
  const env = { [id]: KEYS.secretId, [key]: KEYS.secretKey };

  describe(`Keys in ${id} and ${key}, as ${who} have them`, () => {
    test("are found", async () => {
      assert.deepEqual(await fetchFrom({ env }), KEYS);
    });

    for (const name of new Set([...tokens, ...TOKENS_OF_ANY_SET])) {
      test(`go with the token in ${name}`, async () => {
        const found = await fetchFrom({ env: { ...env, [name]: " token\n" } });
        assert.deepEqual(found, { ...KEYS, securityToken: "token" });
      });
    }

    test("come before the credentials file", async (t) => {
      const files = [await useFile(t, "[default]\nsecret_id = AKIDfile\nsecret_key = keyOfFile\n")];
      assert.equal((await fetchFrom({ env, files })).secretId, KEYS.secretId);
    });

    for (const [set, missing] of [
      [id, key],
      [key, id],
    ] as const) {
      test(`are an error that names ${missing} where only ${set} is set, though a token or a file is there`, async (t) => {
        const files = [await useFile(t, "[default]\nsecret_id = AKIDfile\nsecret_key = keyOfFile\n")];
        const half = {
          [set]: "canaryOfTheSecretKey",
          TENCENTCLOUD_TOKEN: "canaryOfTheToken",
          [missing]: " ",
        };
        await assert.rejects(fetchFrom({ env: half, files }), (error: Error & { code?: string }) => {
          assert.equal(error.code, "ERR_COS_CREDENTIALS");
          assert.equal(error.message, `${set} is set but ${missing} is not; set both or neither`);
          assertHidden(error, ["canaryOfTheSecretKey", "canaryOfTheToken"]);
          return true;
        });
      });
    }
  });
}

describe("Where there are keys under several names", () => {
  for (const [index, [, id, key]] of SETS.entries()) {
    for (const [, laterId, laterKey, laterTokens] of SETS.slice(index + 1)) {
      test(`${id} comes before ${laterId}, and does not take its token`, async () => {
        const later = { [laterId]: "AKIDlater", [laterKey]: "later" };
        const token = Object.fromEntries(laterTokens.slice(0, 1).map((name) => [name, "tokenOfLater"]));
        const isShared = id === "COS_SECRET_ID" && laterId === "COS_SECRETID";
        const found = await fetchFrom({
          env: { ...later, ...token, [id]: KEYS.secretId, [key]: KEYS.secretKey },
        });
        assert.equal(found.secretId, KEYS.secretId);
        if (!isShared) assert.equal(found.securityToken, undefined);
      });
    }
  }

  test("a function of SCF uses the keys that a person has set, and not the token of its role", async () => {
    const role = {
      TENCENTCLOUD_SECRETID: "AKIDrole",
      TENCENTCLOUD_SECRETKEY: "keyOfRole",
      TENCENTCLOUD_SESSIONTOKEN: "tokenOfRole",
    };
    const own = { COS_SECRET_ID: KEYS.secretId, COS_SECRET_KEY: KEYS.secretKey };
    assert.deepEqual(await fetchFrom({ env: { ...role, ...own } }), KEYS);
    assert.equal((await fetchFrom({ env: role })).securityToken, "tokenOfRole");
  });

  test("halves under two names are no pair", async () => {
    const env = { TENCENTCLOUD_SECRET_ID: "AKIDexample", TENCENTCLOUD_SECRETKEY: "key" };
    await assert.rejects(fetchFrom({ env }), {
      code: "ERR_COS_CREDENTIALS",
      message: /TENCENTCLOUD_SECRET_KEY is not/,
    });
  });
});

describe("A token", () => {
  test("of names that other products have as well goes with the keys of its own set alone", async () => {
    const env = { TENCENTCLOUD_SECRET_ID: KEYS.secretId, TENCENTCLOUD_SECRET_KEY: KEYS.secretKey };
    for (const name of ["COS_TOKEN", "TENCENT_TOKEN", "QCLOUD_TOKEN", "COS_SESSION_TOKEN"]) {
      assert.deepEqual(await fetchFrom({ env: { ...env, [name]: "of something else" } }), KEYS);
    }
  });

  test("by itself is no set of keys: they are looked for in the next place", async (t) => {
    const files = [await useFile(t, "[default]\nsecret_id = AKIDfile\nsecret_key = keyOfFile\n")];
    for (const name of TOKENS_OF_ANY_SET) {
      assert.equal((await fetchFrom({ env: { [name]: "token" }, files })).secretId, "AKIDfile");
    }
  });

  test("with a line break within is refused, and not shown", async () => {
    const env = {
      TENCENTCLOUD_SECRETID: KEYS.secretId,
      TENCENTCLOUD_SECRETKEY: KEYS.secretKey,
      TENCENTCLOUD_SESSIONTOKEN: "canary\nOfTheToken",
    };
    await assert.rejects(fetchFrom({ env }), (error: Error) => {
      assert.match(
        error.message,
        /TENCENTCLOUD_SECRETID and TENCENTCLOUD_SECRETKEY give has a securityToken/,
      );
      assertHidden(error, ["OfTheToken", KEYS.secretKey]);
      return true;
    });
  });
});

describe("The credentials file", () => {
  for (const name of ["token", "session_token", "security_token"]) {
    test(`may call its token ${name}`, async (t) => {
      const file = await useFile(t, `[default]\nsecret_id = a\nsecret_key = b\n${name} = tok\n`);
      assert.equal((await fetchFrom({ files: [file] })).securityToken, "tok");
    });
  }

  test("may be the one that TENCENTCLOUD_CREDENTIALS_FILE names, which comes before that of the home directory", async (t) => {
    const named = await useFile(t, "[default]\nsecret_id = AKIDnamed\nsecret_key = b\n");
    const { code, output, errors } = await runScript(
      `import { createUploadStream } from "cos-upload-stream";
       const target = { bucket: "examplebucket-1250000000", region: "r", endpoint: "http://127.0.0.1:1", key: "k" };
       const upload = createUploadStream({ ...target, retry: { maxAttempts: 1 } });
       upload.end("x");
       await upload.done.catch(({ code }) => console.log(code));`,
      20_000,
      { TENCENTCLOUD_CREDENTIALS_FILE: named, HOME: "/nonexistent" },
    );
    assert.deepEqual([code, output, errors], [0, "ERR_COS_NETWORK\n", ""]);
  });
});

test("An upload in a function of SCF signs with the role's keys and sends its token", async (t) => {
  const credentials = { secretId: "AKIDrole", secretKey: "keyOfRole", securityToken: "tokenOfTheRole" };
  const emulator = await useEmulator(t, { credentials });
  const { bucket, region, endpoint } = emulator.target;
  const before = { ...process.env };
  t.after(() => {
    process.env = before;
  });
  for (const name of Object.keys(process.env)) {
    if (/SECRET|TOKEN/.test(name)) delete process.env[name];
  }
  process.env.TENCENTCLOUD_SECRETID = credentials.secretId;
  process.env.TENCENTCLOUD_SECRETKEY = credentials.secretKey;
  process.env.TENCENTCLOUD_SESSIONTOKEN = credentials.securityToken;
  const upload = createUploadStream({ bucket, region, endpoint, key: "k" });
  upload.end("x");
  assert.equal((await upload.done).size, 1);
});
