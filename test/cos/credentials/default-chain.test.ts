import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { defaultCredentials } from "../../../lib/cos/credentials/default-chain.ts";
import { assertHidden } from "../../support/canaries.ts";
import { serveHttp } from "../../support/raw-server.ts";

const NOWHERE = "http://127.0.0.1:1";
const PATH = "/latest/meta-data/cam/security-credentials/";
const SECRET = "canarySecretOfTheChain";
const EXPIRES = 1_900_000_000;

const ROLE = {
  TmpSecretId: "AKIDrole",
  TmpSecretKey: "keyOfRole",
  Token: "tokenOfRole",
  ExpiredTime: EXPIRES,
  Code: "Success",
};

async function useFile(t: TestContext, text: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "credentials-test-"));
  t.after(() => rm(folder, { recursive: true }));
  await writeFile(join(folder, "credentials"), text);
  return join(folder, "credentials");
}

/** A stand-in for the metadata service of a cloud server. */
async function useMetadata(t: TestContext, role: string | undefined, body: unknown = ROLE): Promise<string> {
  const { url } = await serveHttp(t, (request, response) => {
    response.setHeader("Connection", "close");
    if (role !== undefined && request.url === PATH) return void response.end(`${role}\n`);
    if (role !== undefined && request.url === `${PATH}${encodeURIComponent(role)}`)
      return void response.end(typeof body === "string" ? body : JSON.stringify(body));
    response.writeHead(404).end("<html>not found</html>");
  });
  return url;
}

interface Sources {
  readonly env?: Record<string, string>;
  readonly files?: readonly string[];
  readonly metadataEndpoint?: string;
}

const ask = async ({ env = {}, files = [], metadataEndpoint = NOWHERE }: Sources) =>
  await defaultCredentials({ env, files, metadataEndpoint })({ refresh: false });

const ENV = { TENCENTCLOUD_SECRET_ID: "AKIDenv", TENCENTCLOUD_SECRET_KEY: "keyOfEnv" };
const FILE = "[default]\nsecret_id = AKIDfile\nsecret_key = keyOfFile\n";

test("the environment comes before the file, and the file before the role", async (t) => {
  const files = [await useFile(t, FILE)];
  const metadataEndpoint = await useMetadata(t, "role");
  const idOf = async (sources: Sources): Promise<string> => (await ask(sources)).secretId;
  assert.equal(await idOf({ env: ENV, files, metadataEndpoint }), "AKIDenv");
  assert.equal(await idOf({ files, metadataEndpoint }), "AKIDfile");
  assert.equal(await idOf({ metadataEndpoint }), "AKIDrole");
});

test("the first file that is there and has a section is taken", async (t) => {
  const [other, good, later] = [
    await useFile(t, "[other]\nsecret_id = a\nsecret_key = b\n"),
    await useFile(t, FILE),
    await useFile(t, FILE.replace("AKIDfile", "AKIDlater")),
  ];
  const found = await ask({ files: ["/nonexistent/credentials", other, good, later] });
  assert.deepEqual(found, { secretId: "AKIDfile", secretKey: "keyOfFile" });
});

test("both namings of the environment are known, and both of the token", async () => {
  const cos = { COS_SECRET_ID: "AKIDcos", COS_SECRET_KEY: "keyOfCos" };
  assert.deepEqual(await ask({ env: cos }), { secretId: "AKIDcos", secretKey: "keyOfCos" });
  assert.equal((await ask({ env: { ...cos, ...ENV } })).secretId, "AKIDenv");
  for (const name of ["TENCENTCLOUD_SESSION_TOKEN", "TENCENTCLOUD_TOKEN"]) {
    assert.equal((await ask({ env: { ...ENV, [name]: "token" } })).securityToken, "token");
  }
  assert.equal((await ask({ env: { ...cos, TENCENTCLOUD_TOKEN: "token" } })).securityToken, undefined);
});

test("blanks around values of the environment are dropped, and a blank value is none", async (t) => {
  const spaced = { TENCENTCLOUD_SECRET_ID: " AKIDenv\n", TENCENTCLOUD_SECRET_KEY: "keyOfEnv " };
  assert.deepEqual(await ask({ env: spaced }), { secretId: "AKIDenv", secretKey: "keyOfEnv" });
  const blank = { TENCENTCLOUD_SECRET_ID: " ", TENCENTCLOUD_SECRET_KEY: "" };
  assert.equal((await ask({ env: blank, files: [await useFile(t, FILE)] })).secretId, "AKIDfile");
});

for (const [set, missing] of [
  ["TENCENTCLOUD_SECRET_ID", "TENCENTCLOUD_SECRET_KEY"],
  ["TENCENTCLOUD_SECRET_KEY", "TENCENTCLOUD_SECRET_ID"],
  ["COS_SECRET_ID", "COS_SECRET_KEY"],
] as const) {
  test(`${set} without ${missing} is a mistake that is told, not a reason to look elsewhere`, async (t) => {
    const asked = ask({ env: { [set]: SECRET }, files: [await useFile(t, FILE)] });
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
    await assert.rejects(ask({ files: [file] }), (error: Error) => {
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
  assert.deepEqual(await ask({ files: [await useFile(t, text)] }), expected);
});

test("a folder in place of the file is an error that names it", async () => {
  await assert.rejects(ask({ files: [tmpdir()] }), {
    code: "ERR_COS_CREDENTIALS",
    message: /^Could not read /,
  });
});

test("a role's keys come with their token and the time they end", async (t) => {
  const metadataEndpoint = await useMetadata(t, "role/with odd+name");
  assert.deepEqual(await ask({ metadataEndpoint }), {
    secretId: "AKIDrole",
    secretKey: "keyOfRole",
    securityToken: "tokenOfRole",
    expiresAt: new Date(EXPIRES * 1000),
  });
});

for (const [what, body] of Object.entries<unknown>({
  "a failure": { Code: "InternalError" },
  "no JSON": "<html>",
  "no secret key": { ...ROLE, TmpSecretKey: undefined },
  "no token": { ...ROLE, Token: undefined },
  "an empty secret id": { ...ROLE, TmpSecretId: "" },
  "no time of expiry": { ...ROLE, ExpiredTime: undefined },
})) {
  test(`a metadata service that answers with ${what} gives no keys, and says so`, async (t) => {
    const metadataEndpoint = await useMetadata(t, "role", body);
    await assert.rejects(ask({ metadataEndpoint }), (error: Error) => {
      assert.equal((error as { code?: string }).code, "ERR_COS_CREDENTIALS");
      assertHidden(error, [ROLE.TmpSecretKey, ROLE.Token]);
      return true;
    });
  });
}

test("where nothing is found, the error says all the places that were looked into", async (t) => {
  const metadataEndpoint = await useMetadata(t, undefined);
  const files = ["/nonexistent/first", "/nonexistent/second"];
  await assert.rejects(ask({ files, metadataEndpoint }), (error: Error) => {
    assert.equal((error as { code?: string }).code, "ERR_COS_NO_CREDENTIALS");
    for (const place of ["TENCENTCLOUD_SECRET_ID", "TENCENTCLOUD_SECRET_KEY", ...files, "role"]) {
      assert.ok(error.message.includes(place), `${place} is not in: ${error.message}`);
    }
    return true;
  });
});
