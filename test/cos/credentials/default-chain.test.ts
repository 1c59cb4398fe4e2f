import assert from "node:assert/strict";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { type TestContext, test } from "node:test";
import { assertHidden } from "../../support/canaries.ts";
import {
  chainOf,
  ENV,
  FILE,
  fetchFrom,
  ROLE,
  type Sources,
  useFile,
  useMetadata,
  usePod,
  useSts,
} from "./support.ts";

const SECRET = "canarySecretOfTheChain";

/** A source with keys, in a place of the test's own. */
type Place = (t: TestContext) => Promise<Sources>;

/** From the first that is asked to the last. */
const ORDER: readonly (readonly [id: string, place: Place])[] = [
  ["AKIDenv", async () => ({ env: ENV })],
  ["AKIDcos", async () => ({ env: { COS_SECRET_ID: "AKIDcos", COS_SECRET_KEY: "key" } })],
  ["AKIDgo", async () => ({ env: { COS_SECRETID: "AKIDgo", COS_SECRETKEY: "key" } })],
  ["AKIDfile", async (t) => ({ files: [await useFile(t, FILE)] })],
  ["AKIDetc", async (t) => ({ files: [await useFile(t, FILE.replace("AKIDfile", "AKIDetc"))] })],
  ["AKIDrole", async (t) => ({ metadataEndpoint: await useMetadata(t, "role") })],
  ["AKIDpod", async (t) => ({ env: await usePod(t), stsEndpoint: (await useSts(t)).url })],
];

const both = (first: Sources, second: Sources): Sources => ({
  ...first,
  ...second,
  env: { ...first.env, ...second.env },
  files: [...(first.files ?? []), ...(second.files ?? [])],
});

for (const [index, [id, place]] of ORDER.entries()) {
  test(`${id} is found where nothing else is`, async (t) => {
    assert.equal((await fetchFrom(await place(t))).secretId, id);
  });

  for (const [laterId, later] of ORDER.slice(index + 1)) {
    test(`${id} comes before ${laterId}`, async (t) => {
      assert.equal((await fetchFrom(both(await place(t), await later(t)))).secretId, id);
    });
  }
}

/** Half of each source. */
const HALVES: readonly (readonly [what: string, after: number, place: Place])[] = [
  ["the environment", 0, async () => ({ env: { TENCENTCLOUD_SECRET_ID: SECRET } })],
  ["the environment of COS", 1, async () => ({ env: { COS_SECRET_KEY: SECRET } })],
  ["the environment of the Go samples", 2, async () => ({ env: { COS_SECRETID: SECRET } })],
  ["the file", 3, async (t) => ({ files: [await useFile(t, `[default]\nsecret_id = ${SECRET}\n`)] })],
  [
    "the role",
    5,
    async (t) => ({ metadataEndpoint: await useMetadata(t, "role", { ...ROLE, TmpSecretKey: "" }) }),
  ],
];

for (const [what, index, place] of HALVES) {
  test(`half of ${what} is an error, whatever comes after it`, async (t) => {
    let sources = await place(t);
    for (const [, later] of ORDER.slice(index + 1)) sources = both(sources, await later(t));
    await assert.rejects(fetchFrom(sources), (error: Error) => {
      assert.equal((error as { code?: string }).code, "ERR_COS_CREDENTIALS");
      assertHidden(error, [SECRET, ROLE.Token]);
      return true;
    });
  });
}

test("keys are looked for where they were found before, and not taken from elsewhere when they are gone", async (t) => {
  const file = await useFile(t, FILE);
  const chain = chainOf({ files: [file], metadataEndpoint: await useMetadata(t, "role") });
  assert.equal((await chain({ refresh: false })).secretId, "AKIDfile");
  await rm(file);
  const again = async (): Promise<unknown> => await chain({ refresh: true });
  await assert.rejects(again, { code: "ERR_COS_CREDENTIALS", message: new RegExp(`in ${file}`) });
});

test("nothing that was not found is remembered", async (t) => {
  const env: NodeJS.ProcessEnv = {};
  const chain = chainOf({ env });
  const asked = async (): Promise<unknown> => await chain({ refresh: false });
  await assert.rejects(asked, { code: "ERR_COS_NO_CREDENTIALS" });
  Object.assign(env, await usePod(t), ENV);
  assert.equal((await chain({ refresh: false })).secretId, "AKIDenv");
});

test("the first file that is there and has a section is taken", async (t) => {
  const [other, good, later] = [
    await useFile(t, "[other]\nsecret_id = a\nsecret_key = b\n"),
    await useFile(t, FILE),
    await useFile(t, FILE.replace("AKIDfile", "AKIDlater")),
  ];
  const found = await fetchFrom({ files: ["/nonexistent/credentials", other, good, later] });
  assert.deepEqual(found, { secretId: "AKIDfile", secretKey: "keyOfFile" });
});

test("both namings of the environment are known, and both of the token", async () => {
  const cos = { COS_SECRET_ID: "AKIDcos", COS_SECRET_KEY: "keyOfCos" };
  assert.deepEqual(await fetchFrom({ env: cos }), { secretId: "AKIDcos", secretKey: "keyOfCos" });
  assert.equal((await fetchFrom({ env: { ...cos, ...ENV } })).secretId, "AKIDenv");
  for (const name of ["TENCENTCLOUD_SESSION_TOKEN", "TENCENTCLOUD_TOKEN"]) {
    assert.equal((await fetchFrom({ env: { ...ENV, [name]: "token" } })).securityToken, "token");
  }
});

test("blanks around values of the environment are dropped, and a blank value is none", async (t) => {
  const spaced = { TENCENTCLOUD_SECRET_ID: " AKIDenv\n", TENCENTCLOUD_SECRET_KEY: "keyOfEnv " };
  assert.deepEqual(await fetchFrom({ env: spaced }), { secretId: "AKIDenv", secretKey: "keyOfEnv" });
  const token = { TENCENTCLOUD_SESSION_TOKEN: " ", TENCENTCLOUD_TOKEN: " token " };
  assert.equal((await fetchFrom({ env: { ...ENV, ...token } })).securityToken, "token");
  const blank = { TENCENTCLOUD_SECRET_ID: " ", TENCENTCLOUD_SECRET_KEY: "" };
  assert.equal((await fetchFrom({ env: blank, files: [await useFile(t, FILE)] })).secretId, "AKIDfile");
});

for (const [set, missing] of [
  ["TENCENTCLOUD_SECRET_ID", "TENCENTCLOUD_SECRET_KEY"],
  ["TENCENTCLOUD_SECRET_KEY", "TENCENTCLOUD_SECRET_ID"],
  ["COS_SECRET_ID", "COS_SECRET_KEY"],
] as const) {
  test(`${set} without ${missing} is a mistake that is told, not a reason to look elsewhere`, async (t) => {
    const asked = fetchFrom({ env: { [set]: SECRET }, files: [await useFile(t, FILE)] });
    await assert.rejects(asked, (error: Error) => {
      assert.deepEqual(
        [(error as { code?: string }).code, error.message.includes(missing)],
        ["ERR_COS_CREDENTIALS", true],
      );
      assertHidden(error, [SECRET]);
      return true;
    });
  });
}

for (const [what, text] of Object.entries({
  "no secret_key": `[default]\nsecret_id = ${SECRET}\n`,
  "no secret_id": `[default]\nsecret_key = ${SECRET}\n`,
  "a key with a space": `[default]\nsecret_id = a\nsecret_key = ${SECRET} x\n`,
})) {
  test(`a file with ${what} is refused by its name, and shows nothing of its content`, async (t) => {
    const file = await useFile(t, text);
    await assert.rejects(fetchFrom({ files: [file] }), (error: Error) => {
      assert.equal((error as { code?: string }).code, "ERR_COS_CREDENTIALS");
      assert.ok(error.message.includes(file));
      assertHidden(error, [SECRET]);
      return true;
    });
  });
}

test("a file is read with comments, other sections, Windows line ends and a token", async (t) => {
  const text = `\ufeff# mine\r\n[other]\r\nsecret_id=x\r\n\r\n[default]\r\n; now\r\n secret_id=AKIDfile\r\nsecret_key =key=Of=File\r\ntoken = tok\r\nregion = r\r\n[z]\r\nsecret_id = no\r\n`;
  const expected = { secretId: "AKIDfile", secretKey: "key=Of=File", securityToken: "tok" };
  assert.deepEqual(await fetchFrom({ files: [await useFile(t, text)] }), expected);
});

test("quotes around a file's values are no part of them", async (t) => {
  const text = `[default]\nsecret_id = "AKIDfile"\nsecret_key='keyOfFile'\n`;
  const expected = { secretId: "AKIDfile", secretKey: "keyOfFile" };
  assert.deepEqual(await fetchFrom({ files: [await useFile(t, text)] }), expected);
});

test("a folder in place of the file is an error that names it", async () => {
  await assert.rejects(fetchFrom({ files: [tmpdir()] }), {
    code: "ERR_COS_CREDENTIALS",
    message: /^Could not read /,
  });
});

test("where nothing is found, the error says all the places that were looked into", async (t) => {
  const metadataEndpoint = await useMetadata(t, undefined);
  const files = ["/nonexistent/first", "/nonexistent/second"];
  await assert.rejects(fetchFrom({ files, metadataEndpoint }), (error: Error) => {
    assert.equal((error as { code?: string }).code, "ERR_COS_NO_CREDENTIALS");
    for (const place of ["TENCENTCLOUD_SECRET_ID", "TENCENTCLOUD_SECRET_KEY", ...files, "role", "TKE"]) {
      assert.ok(error.message.includes(place), `${place} is not in: ${error.message}`);
    }
    return true;
  });
});
