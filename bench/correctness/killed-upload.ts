/**
 * Question: does an upload that is killed again and again send each part once, and end as the same object?
 *
 * Method: the built command uploads a file of seeded bytes (or reads them from standard input) to the emulator, with
 * `--resume`; it is ended by SIGKILL after random numbers of parts, and then left to finish. The emulator's request log tells whether
 * a part was sent that it had before that run; the object is compared with the file. The control changes one byte of the
 * file before the last run: just its part may be sent again.
 *
 *     npm run build && npm run bench:killed-upload -- --size 1073741824 --kills 5 --seed 1
 */
import { spawn } from "node:child_process";
import { createCipheriv, createHash } from "node:crypto";
import { once } from "node:events";
import { createReadStream } from "node:fs";
import { mkdtemp, open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import fc from "fast-check";
import { type Emulator, startEmulator } from "../../lib/emulator/index.ts";

const MIB = 1024 * 1024;
const MAIN = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));
const { values } = parseArgs({
  options: {
    size: { type: "string", default: String(1024 * MIB) },
    kills: { type: "string", default: "5" },
    seed: { type: "string", default: String(Date.now() % 100_000) },
  },
});
const [size, kills, seed] = [Number(values.size), Number(values.kills), Number(values.seed)];

async function createFile(path: string): Promise<void> {
  const cipher = createCipheriv("aes-128-ctr", Buffer.alloc(16, 7), Buffer.alloc(16));
  await using file = await open(path, "w");
  for (let at = 0; at < size; at += MIB)
    await file.write(cipher.update(Buffer.alloc(Math.min(MIB, size - at))));
}

async function changeByte(path: string, at: number): Promise<void> {
  await using file = await open(path, "r+");
  const { buffer } = await file.read(Buffer.alloc(1), 0, 1, at);
  await file.write(Buffer.from([buffer[0]! ^ 1]), 0, 1, at);
}

async function digest(bytes: AsyncIterable<unknown>): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of bytes) hash.update(chunk as Uint8Array);
  return hash.digest("hex");
}

const stored = (emulator: Emulator): number[] =>
  emulator.uploads()[0]?.parts.map(({ partNumber }) => partNumber) ?? [];

/** One run of the command; the parts that it sent, and of these, those that were there before. */
async function run(emulator: Emulator, key: string, from: string, killAfter = Number.POSITIVE_INFINITY) {
  const { bucket, region, endpoint, credentials } = emulator.target;
  const [before, requests] = [stored(emulator), emulator.requests.length];
  const args = [from, `cos://${bucket}/${key}`, "--region", region, "--endpoint", endpoint, "--resume"];
  const env = {
    TENCENTCLOUD_SECRET_ID: credentials.secretId,
    TENCENTCLOUD_SECRET_KEY: credentials.secretKey,
  };
  const child = spawn(process.execPath, [MAIN, ...args], { env, stdio: ["pipe", "ignore", "pipe"] });
  child.stdin.on("error", () => {});
  if (from === "-") createReadStream(join(folder, "file")).pipe(child.stdin);
  let said = "";
  child.stderr.on("data", (chunk) => {
    said += chunk;
  });
  const exit = once(child, "exit");
  while (child.exitCode === null && stored(emulator).length < before.length + killAfter) await sleep(2);
  child.kill("SIGKILL");
  const [code] = await exit;
  if (killAfter === Number.POSITIVE_INFINITY && code !== 0) throw new Error(said);
  // What had arrived when the process was killed is still being stored.
  for (let seen = -1; seen !== stored(emulator).length; await sleep(200)) seen = stored(emulator).length;
  const sent = emulator.requests
    .slice(requests)
    .filter(({ operation }) => operation === "UploadPart")
    .map(({ partNumber }) => partNumber!);
  return {
    sent: sent.length,
    again: sent.filter((number) => before.includes(number)).length,
    there: before.length,
  };
}

console.log(`seed ${seed}`);
const folder = await mkdtemp(join(tmpdir(), "killed-upload-"));
const file = join(folder, "file");
const emulator = await startEmulator({ port: 0 });
try {
  await createFile(file);
  // Some go on arriving while a process dies: shares small enough that the last kill is not too late.
  const shares = fc.sample(fc.integer({ min: 1, max: 20 }), { numRuns: 2 * kills, seed });
  const parts = Math.ceil(size / (8 * MIB));
  for (const [name, from] of [
    ["file", file],
    ["standard input", "-"],
  ] as const) {
    const rounds = [];
    for (let kill = 0; kill < kills; kill++) {
      const missing = parts - stored(emulator).length;
      rounds.push(await run(emulator, name, from, Math.ceil((missing * shares.pop()!) / 100)));
    }
    rounds.push(await run(emulator, name, from));
    const same =
      (await digest(createReadStream(file))) === (await digest(emulator.object(name)!.createReadStream()));
    const [sent, again] = [
      rounds.reduce((sum, each) => sum + each.sent, 0),
      rounds.reduce((sum, each) => sum + each.again, 0),
    ];
    console.log(
      `${name}: ${size} bytes, killed ${kills} times, with ${rounds.map(({ there }) => there).join(", ")} parts there; ` +
        `${sent} parts sent, ${again} of them again; the object is ${same ? "identical" : "DIFFERENT"}`,
    );
    if (!same || again > 0) process.exitCode = 1;
  }
  await run(emulator, "changed", file, 3);
  const before = stored(emulator);
  await changeByte(file, (before[0]! - 1) * 8 * MIB + 5);
  const control = await run(emulator, "changed", file);
  console.log(`one byte of part ${before[0]} changed: ${control.again} of ${control.there} parts sent again`);
  if (control.again !== 1) process.exitCode = 1;
} finally {
  await emulator.close();
  await rm(folder, { recursive: true });
}
