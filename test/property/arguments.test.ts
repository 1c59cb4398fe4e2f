import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { type Command, CommanderError } from "commander";
import fc from "fast-check";
import { CommandError } from "../../lib/cli/command-error.ts";
import { connectionOptions } from "../../lib/cli/connection-flags.ts";
import { describeFailure, exitCodeOf } from "../../lib/cli/describe-failure.ts";
import type { Output } from "../../lib/cli/output.ts";
import { createProgram } from "../../lib/cli/program.ts";
import type { Run } from "../../lib/cli/run.ts";
import { parseTargetUrl } from "../../lib/cli/target-url.ts";
import { uploadOptions } from "../../lib/cli/upload-flags.ts";
import { createUploadStream } from "../../lib/index.ts";
import { headerValue, text } from "../support/arbitraries.ts";
import { runs } from "../support/property.ts";

const quiet = (): Run =>
  ({
    output: { tell: () => {}, print: () => {}, json: () => {} } as unknown as Output,
    exitCode: 0,
  }) as unknown as Run;

const allOf = (command: Command): Command[] => [command, ...command.commands.flatMap(allOf)];
const FLAGS = [
  ...new Set(allOf(createProgram(quiet())).flatMap(({ options }) => options.map(({ long }) => long!))),
];
const WORDS = ["uploads", "list", "abort", "-", "--", "", "-x", "--bogus", "--help", "--version", "-V"];
const URLS = [
  "cos://examplebucket-1250000000/key",
  "cos://examplebucket-1250000000",
  "cos://b/k",
  "cos:///",
  "COS://x-1/y",
  "s3://b-1/k",
];
const VALUES = [
  ..."0 1 -1 1.5 1e3 08 0x10 99999999999999999999 8MiB 1g 1tb 1eb NaN Infinity".split(" "),
  ..."ap-beijing http://127.0.0.1:9 https://u:p@a.example a=b a= =b __proto__=x constructor=x {} [] {".split(
    " ",
  ),
  ..."SSE-COS SSE-KMS SSE-C STANDARD public-read examplebucket-1250000000 127.0.0.1".split(" "),
  "a\r\nb=c",
  '{"a":1}',
  "\u{1b}[2J",
];

const value = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...VALUES) },
  headerValue(12),
  // A process cannot be given a NUL.
  text(4).map((word) => word.replaceAll("\0", "")),
);
const flag = fc
  .tuple(fc.constantFrom(...FLAGS), fc.option(value, { nil: undefined }), fc.boolean())
  .map(([name, given, joined]) =>
    given === undefined ? [name] : joined ? [`${name}=${given}`] : [name, given],
  );
const anyWords = fc
  .array(
    fc.oneof(
      { weight: 4, arbitrary: flag },
      fc.constantFrom(...WORDS, ...URLS).map((word) => [word]),
      value.map((word) => [word]),
    ),
    { maxLength: 8 },
  )
  .map((words) => words.flat());
/** Arguments that begin well are looked at more closely. */
const argv = fc.oneof(
  anyWords,
  anyWords.map((words) => ["-", URLS[0]!, "--region", "ap-beijing", ...words]),
  anyWords.map((words) => ["uploads", "list", URLS[0]!, "--region", "ap-beijing", ...words]),
  anyWords.map((words) => ["uploads", "abort", URLS[0]!, "--region", "ap-beijing", ...words]),
  anyWords.map((words) => ["emulator", ...words]),
);

class Reached extends Error {
  readonly command: Command;
  constructor(command: Command) {
    super("the arguments were taken");
    this.command = command;
  }
}

/** Parses without doing anything. */
async function parse(words: readonly string[]): Promise<unknown> {
  const program = createProgram(quiet());
  for (const command of allOf(program)) command.configureOutput({ writeOut: () => {}, writeErr: () => {} });
  program.hook("preAction", (_, command) => {
    throw new Reached(command);
  });
  return await program.parseAsync(["node", "cos-upload", ...words]).catch((error) => error);
}

function assertSentence(error: unknown): void {
  const sentence = describeFailure(error);
  assert.ok(sentence.length > 0);
  assert.doesNotMatch(sentence, /^\s+at .*:\d+/m);
}

test("any arguments are understood, or refused as bad usage in words", async () => {
  const outcomes = { refused: 0, upload: 0, other: 0 };
  await fc.assert(
    fc.asyncProperty(argv, async (words) => {
      const end = await parse(words);
      if (!(end instanceof Reached)) {
        outcomes.refused += 1;
        assert.ok(end instanceof CommanderError || end instanceof CommandError, String(end));
        assertSentence(end);
        return;
      }
      const { command } = end;
      if (command.name() !== "cos-upload") {
        outcomes.other += 1;
        return;
      }
      outcomes.upload += 1;
      try {
        const { bucket, key = "" } = parseTargetUrl(command.args.at(-1) ?? "");
        const flags = command.opts();
        createUploadStream({ ...connectionOptions(bucket, flags), ...uploadOptions(flags), key }).destroy();
      } catch (error) {
        assert.equal(exitCodeOf(error), 2, String(error));
        assertSentence(error);
      }
    }),
    runs(1000),
  );
  for (const [outcome, count] of Object.entries(outcomes)) assert.ok(count > 0, `never ${outcome}`);
});

const MAIN = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));

/** Loaded before the command: nobody is connected to, and who tries is told of. */
const NO_NETWORK = `
  import { writeSync } from "node:fs";
  import net from "node:net";
  net.Socket.prototype.connect = function () {
    writeSync(2, "NETWORK\\n");
    const error = Object.assign(new Error("there is no network"), { code: "ENETUNREACH" });
    setImmediate(() => this.destroy(error));
    return this;
  };
`;

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

async function runIn(directory: string, words: readonly string[]): Promise<Ended> {
  const preload = `data:text/javascript,${encodeURIComponent(NO_NETWORK)}`;
  const child = spawn(process.execPath, ["--import", preload, MAIN, ...words], {
    cwd: directory,
    env: {
      PATH: process.env.PATH,
      HOME: directory,
      TENCENTCLOUD_SECRET_ID: "AKIDx",
      TENCENTCLOUD_SECRET_KEY: "canaryOfTheSecretKey",
    },
    stdio: ["ignore", "pipe", "pipe"],
    timeout: 30_000,
    killSignal: "SIGKILL",
  });
  let [stdout, stderr] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (said: string) => {
    stdout += said;
  });
  child.stderr.setEncoding("utf8").on("data", (said: string) => {
    stderr += said;
  });
  return await new Promise((resolve) => child.on("close", (code) => resolve({ code, stdout, stderr })));
}

test("the command ends with 0, 1 or 2 and says why; bad usage reaches no network", async (t) => {
  const directory = await mkdtemp(join(tmpdir(), "cos-upload-arguments-"));
  t.after(() => rm(directory, { recursive: true, force: true }));
  await writeFile(join(directory, "file"), "content");
  const words = fc
    .oneof(
      argv,
      anyWords.map((more) => ["file", URLS[0]!, "--region", "ap-beijing", "--max-attempts", "1", ...more]),
    )
    // It runs until a signal ends it.
    .filter(([first]) => first !== "emulator");
  let failed = 0;
  await fc.assert(
    fc.asyncProperty(words, async (given) => {
      const { code, stdout, stderr } = await runIn(directory, given);
      assert.ok(code === 0 || code === 1 || code === 2, `${code}: ${stderr}`);
      const said = stdout + stderr;
      assert.doesNotMatch(said, /^\s+at .*:\d+|node:internal|Unhandled|Warning:|canaryOfTheSecretKey/m);
      if (code === 0) assert.match(stdout, /^Usage: |^\d+\.\d+\.\d+/);
      else assert.match(stderr, /^(cos-upload: |Usage: |NETWORK)/);
      if (code !== 1) assert.doesNotMatch(stderr, /NETWORK/);
      failed += code === 1 ? 1 : 0;
    }),
    runs(12),
  );
  t.diagnostic(`${failed} reached further than their arguments`);
});
