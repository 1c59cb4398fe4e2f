import assert from "node:assert/strict";
import { execFile, spawnSync } from "node:child_process";
import { chmod, mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { defaultCredentials } from "../../lib/cos/credentials/default-chain.ts";
import { startEmulator } from "../../lib/emulator/index.ts";
import type { CosUploadError } from "../../lib/index.ts";
import { flagsOf, keysOf, temporaryFolder, urlOf } from "../cli/support.ts";
import { ENV, FILE, NOWHERE, useFile, useMetadata } from "../cos/credentials/support.ts";
import { useEmulator } from "../support/emulator.ts";

const HOMELESS = (): never => {
  throw Object.assign(new Error("A system error occurred: uv_os_homedir returned ENOENT"), {
    code: "ERR_SYSTEM_ERROR",
  });
};
const places = { env: {}, metadataEndpoint: NOWHERE, stsEndpoint: NOWHERE };
const find = async (options: Parameters<typeof defaultCredentials>[0]) =>
  await defaultCredentials(options)({ refresh: false });

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const MAIN = join(ROOT, "dist/cli/main.js");
/** A user of which the system knows nothing. */
const STRANGER = 54321;

/** Only root may start a process as another user, who may not be allowed to reach this Node.js or this folder. */
const canRunAsStranger =
  process.getuid?.() === 0 &&
  spawnSync(process.execPath, [MAIN, "--version"], { uid: STRANGER, gid: STRANGER, env: {} }).status === 0;
const skip = !canRunAsStranger && "another user cannot run this Node.js and this command";

/** Runs the real command as a user of which the system knows nothing, with this environment and no other. */
function runAs(
  uid: number | undefined,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  nodeArgs: readonly string[] = [],
): Promise<{ code: number; stderr: string }> {
  const options = { env, timeout: 30_000, ...(uid !== undefined && { uid, gid: uid }) };
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [...nodeArgs, MAIN, ...args], options, (error, _, stderr) =>
      resolve({ code: Number(error?.code ?? 0), stderr }),
    );
    child.stdin?.end("content");
  });
}

describe("Without a home directory", () => {
  for (const [what, home] of Object.entries<() => string>({
    "a user without an entry, and no HOME": HOMELESS,
    "an empty HOME": () => "",
    "a HOME that is no absolute path": () => ".",
    "a HOME that is not there": () => "/nonexistent",
    "a HOME that is a file": () => fileURLToPath(import.meta.url),
  })) {
    test(`(${what}) keys of the environment are found`, async () => {
      assert.equal((await find({ ...places, home, env: ENV })).secretId, "AKIDenv");
    });

    test(`(${what}) keys of the role are found`, async (t) => {
      const metadataEndpoint = await useMetadata(t, "role");
      assert.equal((await find({ ...places, home, metadataEndpoint })).secretId, "AKIDrole");
    });

    test(`(${what}) the error says where was looked, and what was there`, async () => {
      await assert.rejects(find({ ...places, home }), (error: CosUploadError) => {
        assert.equal(error.code, "ERR_COS_NO_CREDENTIALS");
        for (const said of [
          /in the environment \(no keys are set\)/,
          /in ~\/\.tencentcloud\/credentials \((there is no home directory|no such file)\)/,
          /in \/etc\/tencentcloud\/credentials \(/,
          /at the metadata service \(it does not answer\)/,
          /in the TKE_ variables \(not set\)/,
        ])
          assert.match(error.message, said);
        return true;
      });
    });
  }

  test("the working directory is not taken for it", async (t) => {
    const folder = await temporaryFolder(t);
    await mkdir(join(folder, ".tencentcloud"));
    await writeFile(join(folder, ".tencentcloud", "credentials"), FILE);
    const before = process.cwd();
    t.after(() => process.chdir(before));
    process.chdir(folder);
    for (const home of [() => "", () => "."]) {
      await assert.rejects(find({ ...places, home }), { code: "ERR_COS_NO_CREDENTIALS" });
    }
  });

  test("nothing of it is looked at before its turn", async () => {
    let asked = 0;
    const home = (): string => {
      asked += 1;
      return HOMELESS();
    };
    const chain = defaultCredentials({ ...places, home, env: ENV });
    await chain({ refresh: false });
    assert.equal(asked, 0);
  });

  test("the command uploads, as a user that the system does not know", { skip }, async (t) => {
    const emulator = await useEmulator(t);
    const { code, stderr } = await runAs(
      STRANGER,
      ["-", urlOf(emulator, "k"), ...flagsOf(emulator)],
      keysOf(emulator),
    );
    assert.deepEqual([code, emulator.object("k")?.size], [0, 7], stderr);
  });

  test("the command says where it looked, as a user that the system does not know", {
    skip,
  }, async (t) => {
    const emulator = await useEmulator(t);
    const { code, stderr } = await runAs(STRANGER, ["-", urlOf(emulator, "k"), ...flagsOf(emulator)], {});
    assert.equal(code, 1);
    assert.match(
      stderr,
      /no credentials: set TENCENTCLOUD_SECRET_ID.*there is no home directory.*ERR_COS_NO_CREDENTIALS/i,
    );
    assert.doesNotMatch(stderr, /"credentials" option/);
  });
});

/** Errors of systems that do not allow a file to be read. */
describe("A credentials file that may not be read", () => {
  test("by its mode, or that of its folder, is not there: the next place is asked", {
    skip,
  }, async (t) => {
    const emulator = await startEmulator();
    t.after(() => emulator.close());
    const home = await temporaryFolder(t);
    await mkdir(join(home, ".tencentcloud"));
    const file = join(home, ".tencentcloud", "credentials");
    await writeFile(file, FILE);
    for (const path of [file, join(home, ".tencentcloud"), home]) {
      await chmod(home, 0o755);
      await chmod(join(home, ".tencentcloud"), 0o755);
      await chmod(file, 0o644);
      await chmod(path, 0o000);
      const args = ["-", urlOf(emulator, "k"), ...flagsOf(emulator)];
      const { code, stderr } = await runAs(STRANGER, args, { HOME: home });
      assert.equal(code, 1);
      assert.match(stderr, /in ~\/\.tencentcloud\/credentials \(not allowed to be read\)/);
      assert.equal((await runAs(STRANGER, args, { HOME: home, ...keysOf(emulator) })).code, 0);
    }
    await chmod(home, 0o755);
  });

  test("by Node's permission model is not there: keys of the environment are used", async (t) => {
    const emulator = await useEmulator(t);
    const home = await temporaryFolder(t);
    await mkdir(join(home, ".tencentcloud"));
    await writeFile(join(home, ".tencentcloud", "credentials"), FILE);
    const [major = 0] = process.versions.node.split(".").map(Number);
    const permission = [
      major < 24 ? "--experimental-permission" : "--permission",
      `--allow-fs-read=${ROOT}*`,
      ...(major >= 25 ? ["--allow-net"] : []),
      "--no-warnings",
    ];
    const args = ["-", urlOf(emulator, "k"), ...flagsOf(emulator)];
    const env = { HOME: home };
    const uploaded = await runAs(undefined, args, { ...env, ...keysOf(emulator) }, permission);
    assert.equal(uploaded.code, 0, uploaded.stderr);
    const failed = await runAs(undefined, args, env, permission);
    assert.equal(failed.code, 1);
    assert.match(failed.stderr, /in ~\/\.tencentcloud\/credentials \(not allowed to be read\)/);
  });

  test("that is there and cannot be read for another reason is an error that names it", async (t) => {
    const folder = await temporaryFolder(t);
    const loop = join(folder, "loop");
    await symlink(loop, loop);
    for (const file of [folder, loop]) {
      await assert.rejects(find({ ...places, files: [file] }), {
        code: "ERR_COS_CREDENTIALS",
        message: `Could not read ${file}`,
      });
    }
  });
});

describe("An environment that may not be read", () => {
  for (const [what, error] of Object.entries({
    "by Deno": Object.assign(new Error("Requires env access"), { name: "NotCapable" }),
    "by Node": Object.assign(new Error("Access to this API has been restricted"), {
      code: "ERR_ACCESS_DENIED",
    }),
  })) {
    test(`(${what}) is not there: the file is read`, async (t) => {
      const env = new Proxy({} as NodeJS.ProcessEnv, {
        get: () => {
          throw error;
        },
      });
      const files = [await useFile(t, FILE)];
      assert.equal((await find({ ...places, env, files })).secretId, "AKIDfile");
      await assert.rejects(find({ ...places, env, files: [] }), {
        code: "ERR_COS_NO_CREDENTIALS",
        message: /in the environment \(not allowed to be read\)/,
      });
    });
  }
});

test("A file that TENCENTCLOUD_CREDENTIALS_FILE names and that is not there is no end of the search", async () => {
  const env = { TENCENTCLOUD_CREDENTIALS_FILE: "/nonexistent/credentials" };
  await assert.rejects(find({ ...places, env, home: HOMELESS }), {
    code: "ERR_COS_NO_CREDENTIALS",
    message: /in the file that TENCENTCLOUD_CREDENTIALS_FILE names \(no such file\)/,
  });
});
