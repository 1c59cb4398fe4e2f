import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import type { Emulator } from "../../lib/emulator/index.ts";
import { CosClient } from "../../lib/index.ts";
import { seededBytes } from "../support/bytes.ts";
import { digestOf, storedDigest, useEmulator } from "../support/emulator.ts";
import {
  type CommandResult,
  eventsOf,
  flagsOf,
  keysOf,
  runCommand,
  startCommand,
  temporaryFolder,
  urlOf,
} from "./support.ts";

const OLD = seededBytes(1000, 7);
const POSIX = { skip: process.platform === "win32" && "it needs a shell of POSIX" };

/** Runs `cos-upload … -- command` over an older object. */
async function run(
  t: TestContext,
  command: readonly string[],
  flags: readonly string[] = [],
): Promise<CommandResult & { readonly emulator: Emulator }> {
  const emulator = await useEmulator(t);
  await using client = new CosClient(emulator.target);
  await client.putObject({ key: "k", body: OLD });
  const args = [...flagsOf(emulator), ...flags, urlOf(emulator, "k"), "--", ...command];
  return { emulator, ...(await runCommand(t, args, { env: keysOf(emulator) })) };
}

async function assertOld(emulator: Emulator): Promise<void> {
  assert.equal(await storedDigest(emulator, "k"), digestOf(OLD));
  assert.deepEqual(emulator.uploads(), []);
}

describe("cos-upload … -- command", POSIX, () => {
  it("uploads what the command writes, and lets its standard error through", async (t) => {
    const { code, stderr, emulator } = await run(t, ["sh", "-c", "printf hello; echo said >&2"]);
    assert.equal(code, 0, stderr);
    assert.match(stderr, /said/);
    assert.equal(await storedDigest(emulator, "k"), digestOf(Buffer.from("hello")));
  });

  it("gives the arguments to the command as they are, without a shell", async (t) => {
    const { emulator } = await run(t, ["printf", "%s|", "$HOME", "a b", "--json", "--", "*"]);
    assert.equal(await storedDigest(emulator, "k"), digestOf(Buffer.from("$HOME|a b|--json|--|*|")));
  });

  it("makes no object when the command exits with 3, and says so", async (t) => {
    const result = await run(t, ["sh", "-c", "head -c 50000000 /dev/zero; exit 3"]);
    assert.equal(result.code, 1);
    assert.match(result.stderr, /The command "sh" exited with code 3/);
    await assertOld(result.emulator);
  });

  it("tells machines the code of the command", async (t) => {
    const { stdout } = await run(t, ["sh", "-c", "exit 3"], ["--json"]);
    const { event, code, exitCode } = eventsOf(stdout).at(-1)!;
    assert.deepEqual([event, code, exitCode], ["error", "ERR_COS_PROCESS", 3]);
  });

  for (const [what, script, says] of [
    ["writes nothing and fails", "exit 1", /exited with code 1/],
    ["is killed", "printf half; kill -KILL $$", /was ended by SIGKILL/],
    ["closes its output, lives on, and fails", "printf half; exec 1>&-; sleep 0.3; exit 4", /code 4/],
  ] as const) {
    it(`makes no object when the command ${what}`, async (t) => {
      const { code, stderr, emulator } = await run(t, ["sh", "-c", script]);
      assert.equal(code, 1);
      assert.match(stderr, says);
      await assertOld(emulator);
    });
  }

  it("says that a command cannot be started", async (t) => {
    const { code, stderr, emulator } = await run(t, ["no-such-command"]);
    assert.equal(code, 1);
    assert.match(stderr, /"no-such-command" could not be started: .*ENOENT/);
    await assertOld(emulator);
  });

  it("ends the command when the upload fails", async (t) => {
    const folder = await temporaryFolder(t);
    const emulator = await useEmulator(t);
    emulator.faults.add({ times: 100, fault: { kind: "error", statusCode: 403, code: "AccessDenied" } });
    const script = `trap 'echo ended > ${folder}/ended; exit 0' TERM; head -c 20000000 /dev/zero; sleep 20 & wait`;
    const args = [...flagsOf(emulator), urlOf(emulator, "k"), "--", "sh", "-c", script];
    const { code, stderr } = await runCommand(t, args, { env: keysOf(emulator) });
    assert.equal(code, 1);
    assert.match(stderr, /AccessDenied/);
  });

  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"] as const) {
    it(`passes ${signal} on to the command, and cleans up`, async (t) => {
      const emulator = await useEmulator(t);
      const script = `trap 'echo got it >&2; exit 7' ${signal.slice(3)}; echo ready >&2; head -c 3000000 /dev/zero; while :; do sleep 0.05; done`;
      const args = [...flagsOf(emulator), urlOf(emulator, "k"), "--", "sh", "-c", script];
      const { child, result, said } = startCommand(t, args, { env: keysOf(emulator) });
      await said(/ready/);
      child.kill(signal);
      const { code, stderr } = await result;
      assert.ok(code !== null && code > 128, `${code}`);
      assert.match(stderr, /got it/);
      assert.match(stderr, new RegExp(`ended by ${signal}`));
      assert.deepEqual([emulator.uploads(), emulator.objects()], [[], []]);
    });
  }

  it("refuses a file beside a command, and -- with nothing behind it", async (t) => {
    const url = "cos://examplebucket-1250000000/k";
    const both = await runCommand(t, ["file", url, "--region", "ap-beijing", "--", "true"]);
    assert.deepEqual([both.code, /not both/.test(both.stderr)], [2, true]);
    const none = await runCommand(t, [url, "--region", "ap-beijing", "--"]);
    assert.deepEqual([none.code, /no command behind --/.test(none.stderr)], [2, true]);
  });
});

describe("Input that nobody meant", () => {
  const url = "cos://examplebucket-1250000000/k";
  for (const [what, args, says] of [
    ["no file at all", [url], /name a file, or - for standard input/],
    ["an empty name", ["", url], /the name of the file is empty: is a variable unset\?/],
  ] as const) {
    it(`is refused: ${what}`, async (t) => {
      const { code, stderr } = await runCommand(t, [...args, "--region", "ap-beijing"], {
        env: { TENCENTCLOUD_SECRET_ID: "id", TENCENTCLOUD_SECRET_KEY: "key" },
      });
      assert.equal(code, 2);
      assert.match(stderr, says);
    });
  }

  it("is refused by --min-size, and the old object stays", async (t) => {
    const { code, stderr, emulator } = await run(t, ["printf", "hello"], ["--min-size", "1KiB"]);
    assert.equal(code, 1);
    assert.match(stderr, /there were 5 bytes, less than the 1024 that --min-size asks for/);
    await assertOld(emulator);
  });

  it("that is long enough passes --min-size", async (t) => {
    const { code } = await run(t, ["printf", "hello"], ["--min-size", "5"]);
    assert.equal(code, 0);
  });
});

it("The Content-Type is the one of the key's extension, unless it is given", async (t) => {
  const emulator = await useEmulator(t);
  const cases = [
    ["a.tar.gz", [], "application/gzip"],
    ["a.html", [], "text/html"],
    ["noext", [], "application/octet-stream"],
    ["a.json", ["--content-type", "text/plain"], "text/plain"],
  ] as const;
  for (const [key, flags, type] of cases) {
    const args = ["-", urlOf(emulator, key), ...flagsOf(emulator), ...flags];
    assert.equal((await runCommand(t, args, { env: keysOf(emulator), input: "x" })).code, 0);
    assert.equal(
      emulator.object(key)!.headers["Content-Type"] ?? emulator.object(key)!.headers["content-type"],
      type,
    );
  }
});

it("With --quiet nothing is said of an upload that succeeds", async (t) => {
  const emulator = await useEmulator(t);
  const args = ["-", urlOf(emulator, "k"), ...flagsOf(emulator), "--quiet"];
  const { code, stdout, stderr } = await runCommand(t, args, { env: keysOf(emulator), input: "x" });
  assert.deepEqual([code, stdout, stderr], [0, "", ""]);
});
