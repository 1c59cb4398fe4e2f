import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { Emulator } from "../../lib/emulator/index.ts";

/** As users have it; `npm test` builds it first. */
const MAIN = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));

/** A command that takes longer hangs. */
const TIMEOUT = 30_000;

export interface CommandResult {
  /** Null when a signal ended the process. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunningCommand {
  readonly child: ChildProcess;
  readonly result: Promise<CommandResult>;
  /** Waits until standard output and error, together, say this. */
  said(pattern: RegExp): Promise<void>;
}

export interface CommandOptions {
  /** Written to standard input, which then ends. Default: nothing, as from an empty file. */
  readonly input?: Uint8Array | string;
  /** Leave standard input open, for the test to write to. */
  readonly openInput?: boolean;
  readonly env?: Readonly<Record<string, string>>;
  /** All three streams are a terminal, made by util-linux's `script`; what is shown on it comes as standard output. */
  readonly terminal?: boolean;
}

/** Starts the real command in a process of its own; it is killed with the test. */
export function startCommand(
  t: TestContext,
  args: readonly string[],
  options: CommandOptions = {},
): RunningCommand {
  // Nothing of the developer's own account must be found.
  const env = { PATH: process.env.PATH, HOME: "/nonexistent", ...options.env };
  const command = [process.execPath, MAIN, ...args];
  const onTerminal = ["script", "-qec", command.map(quote).join(" "), "/dev/null"];
  const [program, ...rest] = options.terminal ? onTerminal : command;
  const child = spawn(program!, rest, {
    env,
    timeout: TIMEOUT,
    killSignal: "SIGKILL",
  });
  t.after(() => void child.kill("SIGKILL"));
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  // A command that refuses its arguments does not read.
  child.stdin.on("error", () => {});
  if (options.input !== undefined) child.stdin.end(options.input);
  else if (options.openInput !== true) child.stdin.end();
  const result = new Promise<CommandResult>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, stdout, stderr }));
  });
  const said = async (pattern: RegExp): Promise<void> => {
    while (!pattern.test(stdout + stderr)) {
      if (child.exitCode !== null) throw new Error(`it ended without saying ${pattern}: ${stdout}${stderr}`);
      await sleep(10);
    }
  };
  return { child, result, said };
}

const quote = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

/** Runs the command to its end. */
export function runCommand(
  t: TestContext,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<CommandResult> {
  return startCommand(t, args, options).result;
}

/** The environment with the emulator's keys. */
export function keysOf({ target: { credentials } }: Emulator): Record<string, string> {
  return { TENCENTCLOUD_SECRET_ID: credentials.secretId, TENCENTCLOUD_SECRET_KEY: credentials.secretKey };
}

/** The flags that reach the emulator. */
export function flagsOf({ target: { region, endpoint } }: Emulator): string[] {
  return ["--region", region, "--endpoint", endpoint];
}

export function urlOf(emulator: Emulator, key: string): string {
  return `cos://${emulator.target.bucket}/${key}`;
}

/** A file in a folder of its own, removed with the test. */
export async function temporaryFile(
  t: TestContext,
  content: Uint8Array | string,
  name = "file.bin",
): Promise<string> {
  const path = join(await temporaryFolder(t), name);
  await writeFile(path, content);
  return path;
}

export async function temporaryFolder(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "cos-upload-test-"));
  t.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** The lines of `--json`, each of them an object. */
export function eventsOf(stdout: string): Record<string, unknown>[] {
  return stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
}
