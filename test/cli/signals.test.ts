import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { MIB, seededBytes } from "../support/bytes.ts";
import { operations, useEmulator } from "../support/emulator.ts";
import { eventsOf, flagsOf, keysOf, startCommand, temporaryFile, urlOf } from "./support.ts";

// Windows has no signals: it ends the process at once.
const skip = process.platform === "win32";

describe("cos-upload, when it is to end", { concurrency: 2, skip }, () => {
  for (const [signal, exitCode] of [
    ["SIGINT", 130],
    ["SIGTERM", 143],
    ["SIGHUP", 129],
    ["SIGQUIT", 131],
  ] as const) {
    it(`aborts at ${signal} while standard input is open, and leaves nothing`, async (t) => {
      const emulator = await useEmulator(t);
      const args = ["-", urlOf(emulator, "k"), ...flagsOf(emulator), "--part-size", "1MiB"];
      const { child, result } = startCommand(t, args, { env: keysOf(emulator), openInput: true });
      child.stdin!.write(seededBytes(2 * MIB + 5));
      while ((emulator.uploads()[0]?.parts.length ?? 0) < 2) await sleep(10);
      child.kill(signal);
      const { code, stderr } = await result;
      assert.equal(code, exitCode);
      assert.ok(stderr.endsWith(`cos-upload: ended by ${signal}; nothing is left in the bucket\n`), stderr);
      assert.deepEqual([emulator.uploads(), emulator.objects()], [[], []]);
    });
  }

  it("aborts at SIGINT while a part is on its way", async (t) => {
    const emulator = await useEmulator(t);
    emulator.faults.add({ operation: "UploadPart", fault: { kind: "throttle", bytesPerSecond: 10_000 } });
    const file = await temporaryFile(t, seededBytes(MIB));
    const args = [file, urlOf(emulator, "k"), ...flagsOf(emulator), "--json"];
    const { child, result } = startCommand(t, args, { env: keysOf(emulator) });
    while (!operations(emulator).includes("UploadPart")) await sleep(10);
    child.kill("SIGINT");
    const { code, stdout } = await result;
    const { event, left, signal, exitCode } = eventsOf(stdout).at(-1)!;
    assert.deepEqual([code, event, left, signal, exitCode], [130, "error", "nothing", "SIGINT", 130]);
  });

  it("keeps the parts with --leave-parts, and names the upload", async (t) => {
    const emulator = await useEmulator(t, { orphans: 1 });
    const args = ["-", urlOf(emulator, "it's"), ...flagsOf(emulator), "--part-size", "1MiB", "--leave-parts"];
    const { child, result } = startCommand(t, args, { env: keysOf(emulator), openInput: true });
    child.stdin!.write(seededBytes(MIB));
    while ((emulator.uploads()[0]?.parts.length ?? 0) < 1) await sleep(10);
    child.kill("SIGINT");
    const { code, stderr } = await result;
    assert.equal(code, 130);
    const { uploadId, parts } = emulator.uploads()[0]!;
    assert.equal(parts.length, 1);
    const command = `cos-upload uploads abort 'cos://${emulator.target.bucket}/it'\\''s' --upload-id ${uploadId}`;
    assert.ok(
      stderr.includes(
        `upload ${uploadId} is left with its parts; continue it with --resume, or remove it with: ${command}`,
      ),
      stderr,
    );
  });

  it("ends at once at a second signal", async (t) => {
    const emulator = await useEmulator(t, { orphans: 1 });
    const stall = { kind: "stall", where: "request" } as const;
    emulator.faults.add({ operation: "AbortMultipartUpload", times: Infinity, fault: stall });
    const args = ["-", urlOf(emulator, "k"), ...flagsOf(emulator), "--part-size", "1MiB"];
    const { child, result, said } = startCommand(t, args, { env: keysOf(emulator), openInput: true });
    child.stdin!.write(seededBytes(MIB));
    while ((emulator.uploads()[0]?.parts.length ?? 0) < 1) await sleep(10);
    child.kill("SIGINT");
    await said(/SIGINT received, cleaning up/);
    const begun = performance.now();
    child.kill("SIGINT");
    assert.equal((await result).code, 130);
    assert.ok(performance.now() - begun < 2_000);
  });

  it("gives up a source that says nothing for --idle-timeout", async (t) => {
    const emulator = await useEmulator(t);
    const args = ["-", urlOf(emulator, "k"), ...flagsOf(emulator), "--idle-timeout", "0.3"];
    const { child, result } = startCommand(t, args, { env: keysOf(emulator), openInput: true });
    child.stdin!.write("x");
    const { code, stderr } = await result;
    assert.equal(code, 1);
    assert.match(stderr, /wrote nothing for 300 ms.*; nothing is left in the bucket/);
  });
});
