import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createReadStream } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { describe, type TestContext, test } from "node:test";
import { useEmulator } from "../support/emulator.ts";
import { failure, recordEnding, success } from "../support/ending.ts";
import { assertStored, bytes, uploadTo } from "./support.ts";

async function useFile(t: TestContext, content: Uint8Array): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "cos-upload-stream-"));
  t.after(() => rm(folder, { recursive: true }));
  await writeFile(join(folder, "file"), content);
  return join(folder, "file");
}

describe("A file", () => {
  test("is uploaded byte for byte by pipeline", async (t) => {
    const emulator = await useEmulator(t);
    await pipeline(createReadStream(await useFile(t, bytes)), uploadTo(emulator));
    await assertStored(emulator, bytes);
  });

  test("is uploaded byte for byte by .pipe(), in large reads too", async (t) => {
    const emulator = await useEmulator(t);
    const upload = uploadTo(emulator);
    const ending = recordEnding(upload);
    createReadStream(await useFile(t, bytes), { highWaterMark: 4 * 1024 * 1024 }).pipe(upload);
    await success(ending);
    await assertStored(emulator, bytes);
  });

  test("that is empty is an empty object", async (t) => {
    const emulator = await useEmulator(t);
    await pipeline(createReadStream(await useFile(t, new Uint8Array(0))), uploadTo(emulator));
    await assertStored(emulator, new Uint8Array(0));
  });

  for (const how of ["pipe", "pipeline"] as const) {
    test(`that does not exist fails the upload by ${how}, and nothing is sent`, async (t) => {
      const emulator = await useEmulator(t);
      const upload = uploadTo(emulator);
      const ending = recordEnding(upload);
      const source = createReadStream("/nonexistent/file");
      if (how === "pipe") source.pipe(upload);
      else await assert.rejects(pipeline(source, upload), { code: "ENOENT" });
      const error = await failure(ending);
      assert.match(`${error.code} ${(error.cause as NodeJS.ErrnoException | undefined)?.code}`, /ENOENT/);
      assert.equal(emulator.requests.length, 0);
    });
  }
});

describe("A child process's output", () => {
  const script = `process.stdout.write(Buffer.alloc(${bytes.length}, "child "))`;

  test("is uploaded byte for byte", async (t) => {
    const emulator = await useEmulator(t);
    const child = spawn(process.execPath, ["-e", script], { stdio: ["ignore", "pipe", "inherit"] });
    await pipeline(child.stdout, uploadTo(emulator));
    await assertStored(emulator, Buffer.alloc(bytes.length, "child "));
  });

  test("of a process that fails is refused by who checks the exit before end()", async (t) => {
    const emulator = await useEmulator(t);
    const script = 'process.stdout.write("half", () => process.exit(3))';
    const child = spawn(process.execPath, ["-e", script], { stdio: ["ignore", "pipe", "inherit"] });
    const upload = uploadTo(emulator);
    const ending = recordEnding(upload);
    child.stdout.pipe(upload, { end: false });
    child.on("close", (code) => (code === 0 ? upload.end() : upload.destroy(new Error(`exit code ${code}`))));
    assert.equal((await failure(ending)).message, "exit code 3");
    assert.deepEqual(emulator.objects(), []);
  });
});
