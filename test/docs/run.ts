import { type ChildProcess, execFile, fork, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { promisify } from "node:util";
import { gunzipSync } from "node:zlib";
import type { Emulator, EmulatorCredentials } from "../../lib/emulator/index.ts";
import { seededBytes } from "../support/bytes.ts";
import { digestOf, storedBytes } from "../support/stored.ts";
import { page, root } from "./pages.ts";
import type { Ending, Program } from "./runner.ts";
import type { World } from "./world.ts";

/** What the examples upload. */
export const FILE: Uint8Array = seededBytes(1024 * 1024 + 1);

/** A process that hangs is ended after so many milliseconds. */
const TIMEOUT = 60_000;

/** A folder with the files that examples read: it is where they run. */
export async function createWorkFolder(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "cos-docs-"));
  t.after(() => rm(folder, { recursive: true, force: true }));
  await writeFile(join(folder, "big.tar"), FILE);
  await mkdir(join(folder, "photos"));
  await writeFile(join(folder, "photos", "1.jpg"), FILE.subarray(0, 1000));
  const policy = page("docs/credentials.md").codeBlocks.find(({ language }) => language === "json")!;
  await writeFile(join(folder, "policy.json"), policy.code);
  return folder;
}

/** The one change to an example: where the servers are. */
export function onThisMachine(javascript: string, emulator: Emulator, world: World): string {
  return javascript
    .replace(
      /(bucket: "examplebucket-1250000000",\s*region: "ap-beijing")/g,
      `$1, endpoint: "${emulator.url}"`,
    )
    .replaceAll("https://example.com/", `http://${world.host}/`)
    .replaceAll('"sts.tencentcloudapi.com"', `"${world.host}"`)
    .replaceAll('protocol: "https://"', 'protocol: "http://"')
    .replace(/\.listen\(\d+\)/, ".listen(0, '127.0.0.1', function () { process.send(this.address()); })");
}

/** A process that runs one program after another, with the default keys of an emulator in its environment. */
export class Runner implements AsyncDisposable {
  readonly #child: ChildProcess;

  constructor(keys: EmulatorCredentials) {
    this.#child = fork(new URL("./runner.ts", import.meta.url), { env: environment(keys) });
  }

  /** Whether it can run another one: what a program leaves behind would be taken for the next one's. */
  get isClean(): boolean {
    return this.#child.connected;
  }

  /** Runs JavaScript to its end. */
  async run(program: Program): Promise<Ending> {
    const over = new AbortController();
    const { signal } = over;
    const timer = setTimeout(() => over.abort(new Error("the program does not end")), TIMEOUT);
    const exited = once(this.#child, "exit", { signal }).then(([code]) => {
      throw new Error(`the program ended its process with code ${code}`);
    });
    const ended = once(this.#child, "message", { signal }).then(([ending]) => ending as Ending);
    this.#child.send(program);
    try {
      const ending = await Promise.race([ended, exited]);
      if (ending.left.length > 0) this.#child.disconnect();
      return ending;
    } finally {
      clearTimeout(timer);
      exited.catch(() => {});
      over.abort();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exited = once(this.#child, "exit");
    this.#child.kill();
    await exited;
  }
}

/** Runs lines of a shell to their end; the command is the one that was built. */
export async function runShell(script: string, cwd: string, keys: EmulatorCredentials): Promise<void> {
  const command = `"${process.execPath}" "${join(root, "dist", "cli", "main.js")}"`;
  const lines = `set -eo pipefail\n${script.replaceAll("npx cos-upload", command)}`;
  const env = environment(keys);
  await promisify(execFile)("bash", ["-c", lines], { cwd, env, timeout: TIMEOUT });
}

/** Runs JavaScript that listens, sends the file to it as a browser would, and ends it. */
export async function runServer(file: string, cwd: string, keys: EmulatorCredentials): Promise<Response> {
  const child = spawn(process.execPath, [file], {
    cwd,
    env: environment(keys),
    timeout: TIMEOUT,
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
  const exited = new Promise<void>((resolve) => void child.once("close", () => resolve()));
  try {
    const { port } = await new Promise<{ port: number }>((resolve, reject) => {
      child.once("message", (address) => resolve(address as { port: number }));
      child.once("close", () => reject(new Error("it ended before it listened")));
    });
    const response = await fetch(`http://127.0.0.1:${port}/`, { method: "POST", body: FILE });
    await response.clone().text();
    return response;
  } finally {
    child.kill();
    await exited;
  }
}

/** Whether an object is the file, as it is or compressed. */
export async function hasFile(emulator: Emulator): Promise<boolean> {
  for (const { key } of emulator.objects()) {
    const bytes = await storedBytes(emulator, key);
    if (bytes === undefined) continue;
    const isCompressed = bytes[0] === 0x1f && bytes[1] === 0x8b;
    if (digestOf(isCompressed ? gunzipSync(bytes) : bytes) === digestOf(FILE)) return true;
  }
  return false;
}

function environment({ secretId, secretKey }: EmulatorCredentials): NodeJS.ProcessEnv {
  return { ...process.env, TENCENTCLOUD_SECRET_ID: secretId, TENCENTCLOUD_SECRET_KEY: secretKey };
}
