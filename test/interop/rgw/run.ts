/**
 * Judges the library by a server that nobody here wrote: starts a cluster of Ceph with its RADOS Gateway, runs the tests of this
 * folder against it, and leaves nothing of it.
 *
 *     npm run test:rgw                      installs Debian's packages first, where they are missing (as root)
 *     npm run test:rgw -- --if-installed    does nothing where they are missing
 */
import { spawn } from "node:child_process";
import { readdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { Cluster } from "./cluster.ts";
import { JUDGE, type Judge } from "./judge.ts";
import { installPackages, missingPackages } from "./packages.ts";

const folder = fileURLToPath(new URL(".", import.meta.url));
const root = fileURLToPath(new URL("../../..", import.meta.url));

/** Milliseconds that one test may take. */
const TEST_TIMEOUT = 120_000;

const { values } = parseArgs({ options: { "if-installed": { type: "boolean", default: false } } });
const interrupted = new AbortController();
const interrupt = (signal: NodeJS.Signals): void => interrupted.abort(signal);
const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
for (const signal of SIGNALS) process.on(signal, interrupt);

try {
  process.exitCode = await main(interrupted.signal);
} catch (error) {
  process.exitCode = 1;
  if (!interrupted.signal.aborted) console.error((error as Error).message);
}
for (const signal of SIGNALS) process.off(signal, interrupt);
// Whoever started us sees what ended us.
if (interrupted.signal.aborted) process.kill(process.pid, interrupted.signal.reason);

async function main(signal: AbortSignal): Promise<number> {
  const missing = await missingPackages();
  if (missing.length > 0 && values["if-installed"]) {
    console.log(
      `The RADOS Gateway does not judge: Debian's packages ${missing.join(", ")} are not installed`,
    );
    return 0;
  }
  if (missing.length > 0) await installPackages(missing, signal);
  const cluster = new Cluster(signal);
  try {
    return await runTests(await cluster.start(), signal);
  } finally {
    await cluster.stop();
  }
}

async function runTests(judge: Judge, signal: AbortSignal): Promise<number> {
  const files = (await readdir(folder)).filter((name) => name.endsWith(".rgw.ts"));
  const flags = ["--import", "tsx", "--test", `--test-timeout=${TEST_TIMEOUT}`, "--test-concurrency=2"];
  const child = spawn(process.execPath, [...flags, ...files.map((name) => folder + name)], {
    cwd: root,
    env: { ...process.env, [JUDGE]: JSON.stringify(judge) },
    stdio: "inherit",
    signal,
  });
  return await new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => resolve(code ?? 1));
  });
}
