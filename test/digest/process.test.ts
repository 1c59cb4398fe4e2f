import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { MIB, seededBytes } from "../support/bytes.ts";
import { TYPESCRIPT } from "../support/child.ts";
import { oracleDigests } from "./support.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** What a process of its own, with a hash thread, printed until it exited by itself. */
async function outputOf(script: string): Promise<string> {
  const begin = `
    import { LaneHasher } from "./lib/digest/lane-hasher.ts";
    import { filledMemories } from "./test/digest/support.ts";
    const memories = filledMemories(1, ${8 * MIB});
    const { data } = memories.at(0);
    const hasher = new LaneHasher(memories, "thread");
    hasher.createDigester(() => false).discard();
    while (hasher.hashing !== "worker") await new Promise((resolve) => setImmediate(resolve));
    process.on("exit", () => console.log("exit", hasher.hashing));
  `;
  // Some of these flags no thread would take.
  const flags = [...TYPESCRIPT, "--input-type=module", "--eval", begin + script];
  const child = spawn(process.execPath, flags, {
    cwd: ROOT,
    stdio: ["ignore", "pipe", "inherit"],
    timeout: 30_000,
  });
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    output += text;
  });
  const code = await new Promise<number | null>((resolve) => child.on("close", resolve));
  assert.equal(code, 0, "the process did not exit by itself");
  return output.trim();
}

test("a process with an idle hash thread exits by itself", async () => {
  assert.equal(await outputOf(""), "exit worker");
});

test("so does one whose thread has hashed, though it was not closed", async () => {
  const script = `
    const digester = hasher.createDigester(() => true);
    digester.update(data);
    digester.digest(() => console.log("told"));
    hasher.flush();
  `;
  assert.equal(await outputOf(script), "told\nexit worker");
});

test("a process that waits for nothing but digests lives until they are there", async () => {
  const script = `
    let left = 20;
    const hashOne = () => {
      const digester = hasher.createDigester(() => true);
      for (let i = 0; i < 4; i++) digester.update(data);
      digester.digest(({ md5 }) => (--left > 0 ? hashOne() : console.log(md5)));
      hasher.flush();
    };
    hashOne();
  `;
  const bytes = seededBytes(8 * MIB, 1);
  const { md5 } = oracleDigests(Buffer.concat([bytes, bytes, bytes, bytes]));
  assert.equal(await outputOf(script), `${md5}\nexit worker`);
});

test("digests that wait for others to be hashed beside keep the process as well", async () => {
  const script = `
    const digester = hasher.createDigester(() => true);
    digester.update(data);
    digester.digest(() => console.log("told"));
  `;
  assert.equal(await outputOf(script), "told\nexit worker");
});

test("a closed hasher leaves nothing that runs", async () => {
  const script = `
    const digester = hasher.createDigester(() => true);
    digester.update(data);
    digester.digest(() => console.log("told"));
    hasher.flush();
    await hasher.close();
    console.log(process.getActiveResourcesInfo().filter((kind) => kind === "MessagePort" || kind === "Timeout").length);
  `;
  assert.equal(await outputOf(script), "0\nexit inline");
});
