import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { request } from "node:http";
import { hostname } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { EmulatorDirectoryInUseError, startEmulator } from "../../lib/emulator/index.ts";
import { runModule, startProcess } from "./emulator-process.ts";
import { filesIn, raw, requestOptions, temporaryDirectory, until, withEmulator } from "./support.ts";

const IN_USE = { name: "EmulatorDirectoryInUseError", code: "ERR_COS_EMULATOR_DIRECTORY_IN_USE" };

const claimsIn = (directory: string): Promise<string[]> => readdir(join(directory, "locks"));

describe("A directory that an emulator has", { concurrency: 4 }, () => {
  it("is refused to a second one of the process, and nothing in it is touched", async (t) => {
    const directory = await temporaryDirectory(t);
    const emulator = await withEmulator(t, { directory });
    const options = { method: "PUT", key: "k", headers: { "Content-Length": "4" } };
    const client = request(requestOptions(emulator, options));
    client.write("bo");
    await until(() => emulator.requests[0]?.bytes === 2);
    const link = `${directory}-link`;
    await symlink(directory, link);
    t.after(() => rm(link));
    for (const path of [directory, `${directory}/`, link]) {
      const error = await startEmulator({ directory: path }).catch((reason: unknown) => reason);
      assert.ok(error instanceof EmulatorDirectoryInUseError);
      assert.deepEqual([error.name, error.code], Object.values(IN_USE));
      assert.deepEqual([error.pid, error.host], [process.pid, hostname().toLowerCase()]);
      assert.equal(error.directory, path.replace(/\/$/, ""));
      assert.match(error.message, /in use by another emulator of this process.*directory of its own/);
      assert.ok(error.message.includes(error.directory));
    }
    const [response] = await once(client.end("dy"), "response");
    response.resume();
    assert.equal(response.statusCode, 200);
    assert.equal((await raw(emulator, { key: "k" })).text, "body");
    assert.equal((await claimsIn(directory)).length, 2);
  });

  it("is free after close(), and after a start that failed", async (t) => {
    const directory = await temporaryDirectory(t);
    await (await startEmulator({ directory })).close();
    assert.deepEqual(await claimsIn(directory), []);
    const other = await withEmulator(t);
    const port = Number(new URL(other.url).port);
    await assert.rejects(startEmulator({ directory, port }), { code: "EADDRINUSE" });
    await rm(join(directory, "objects"), { recursive: true });
    await writeFile(join(directory, "objects"), "in the way");
    await assert.rejects(startEmulator({ directory }), { code: "EEXIST" });
    await rm(join(directory, "objects"));
    await withEmulator(t, { directory });
  });

  it("is refused while another process has it, and taken over once that was killed", async (t) => {
    const directory = await temporaryDirectory(t);
    const { pid, kill } = await startProcess(t, { directory });
    await assert.rejects(startEmulator({ directory }), { ...IN_USE, pid });
    await kill();
    assert.equal((await claimsIn(directory)).length, 2, "what the dead one left");
    await withEmulator(t, { directory });
    assert.ok((await claimsIn(directory)).every((name) => name.startsWith(`${process.pid}-`)));
  });

  it("is taken over from a process that was killed, but that its parent has not noticed", async (t) => {
    if (process.platform !== "linux") return t.skip("only Linux tells");
    const directory = await temporaryDirectory(t);
    const script = `
      import { startEmulator } from "cos-upload-stream/emulator";
      await startEmulator({ directory: ${JSON.stringify(directory)} });
      process.kill(process.pid, "SIGKILL");`;
    // What exec leaves in the shell's place knows nothing of children.
    const command = '"$0" --input-type=module --eval "$1" & exec sleep 60';
    const parent = spawn("sh", ["-c", command, process.execPath, script], { stdio: "ignore" });
    t.after(() => parent.kill("SIGKILL"));
    const claimed = async (): Promise<boolean> =>
      (await claimsIn(directory).catch(() => [])).some((name) => name.endsWith(".held"));
    while (!(await claimed())) await sleep(10);
    const [pid] = (await claimsIn(directory)).map((name) => Number(name.split("-")[0]));
    while (!/\) Z /.test(await readFile(`/proc/${pid}/stat`, "latin1"))) await sleep(10);
    await withEmulator(t, { directory });
  });

  it("is taken over when the process's number is another's by now", async (t) => {
    if (process.platform !== "linux") return t.skip("only Linux tells when a process began");
    const directory = await temporaryDirectory(t);
    await (await startEmulator({ directory })).close();
    const claim = `${process.pid}-1-${hostname().toLowerCase()}-0123456789abcdef`;
    for (const name of [claim, `${claim}.held`]) await writeFile(join(directory, "locks", name), "");
    await withEmulator(t, { directory });
  });

  it("stays refused when it is another host's, whose processes can't be seen", async (t) => {
    const directory = await temporaryDirectory(t);
    await (await startEmulator({ directory })).close();
    const claim = join(directory, "locks", "1-1-far.example-0123456789abcdef");
    for (const name of [claim, `${claim}.held`]) await writeFile(name, "");
    const error = await startEmulator({ directory }).catch((reason: unknown) => reason);
    assert.ok(error instanceof EmulatorDirectoryInUseError);
    assert.deepEqual([error.pid, error.host], [1, "far.example"]);
    assert.ok(error.message.includes(`process 1 on far.example`) && error.message.includes(claim));
    assert.equal((await claimsIn(directory)).length, 2);
  });

  it("goes to exactly one of many that start at once, a dead one's claim being there", async (t) => {
    for (let round = 0; round < 5; round++) {
      const directory = await temporaryDirectory(t);
      const { kill } = await startProcess(t, { directory });
      await kill();
      const starts = await Promise.allSettled(Array.from({ length: 8 }, () => startEmulator({ directory })));
      const won = starts.flatMap((start) => (start.status === "fulfilled" ? [start.value] : []));
      for (const emulator of won) await emulator.close();
      assert.equal(won.length, 1);
      for (const start of starts) {
        if (start.status === "rejected") assert.equal(start.reason.code, IN_USE.code);
      }
    }
  });

  it("never has two processes, however they come and go", async (t) => {
    const directory = await temporaryDirectory(t);
    const witness = await temporaryDirectory(t);
    const script = `
      import { rmSync, writeFileSync } from "node:fs";
      import { setTimeout as sleep } from "node:timers/promises";
      import { startEmulator } from "cos-upload-stream/emulator";
      const counts = { won: 0, refused: 0 };
      while (counts.won < 10) {
        const emulator = await startEmulator({ directory: ${JSON.stringify(directory)} }).catch((error) => error);
        if (emulator.code === "${IN_USE.code}") counts.refused++;
        else if (emulator instanceof Error) throw emulator;
        else {
          writeFileSync(${JSON.stringify(join(witness, "only"))}, "", { flag: "wx" });
          rmSync(${JSON.stringify(join(witness, "only"))});
          await emulator.close();
          counts.won++;
        }
        await sleep(Math.random() * 20);
      }
      console.log(JSON.stringify(counts));`;
    const results = await Promise.all(
      Array.from({ length: 4 }, async () => {
        const child = runModule(t, script);
        const [[line], [code]] = await Promise.all([once(child.stdout!, "data"), once(child, "exit")]);
        assert.equal(code, 0);
        return JSON.parse(String(line)) as { refused: number };
      }),
    );
    t.diagnostic(JSON.stringify(results));
    assert.ok(results.some(({ refused }) => refused > 0));
    assert.deepEqual(await claimsIn(directory), []);
  });
});

describe("A directory that is not an emulator's", () => {
  it("is refused if it holds anything else, however little, and stays as it is", async (t) => {
    for (const name of ["precious.txt", ".hidden", "objects", "cos-emulator.json.bak"]) {
      const directory = await temporaryDirectory(t);
      await writeFile(join(directory, name), "x");
      await assert.rejects(startEmulator({ directory }), {
        code: "ERR_COS_INVALID_OPTION",
        option: "directory",
      });
      assert.deepEqual(await readdir(directory), [name]);
    }
  });

  it("is taken if all it holds is what systems put into folders", async (t) => {
    const directory = await temporaryDirectory(t);
    await mkdir(join(directory, "lost+found"));
    await writeFile(join(directory, ".DS_Store"), "x");
    await (await startEmulator({ directory })).close();
    await withEmulator(t, { directory });
    assert.deepEqual((await filesIn(directory)).sort(), [".DS_Store", "cos-emulator.json"]);
    assert.ok((await readdir(directory)).includes("lost+found"));
  });

  it("is refused if it is a file, or below one", async (t) => {
    const file = join(await temporaryDirectory(t), "file");
    await writeFile(file, "x");
    for (const directory of [file, join(file, "below")]) {
      await assert.rejects(startEmulator({ directory }), {
        code: "ERR_COS_INVALID_OPTION",
        message: /must be a folder/,
      });
    }
  });

  it("is made, with all folders above it", async (t) => {
    const directory = join(await temporaryDirectory(t), "a", "b");
    await withEmulator(t, { directory });
    assert.deepEqual(await filesIn(directory), ["cos-emulator.json"]);
  });
});
