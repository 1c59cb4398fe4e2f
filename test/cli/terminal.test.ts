import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { MIB, seededBytes } from "../support/bytes.ts";
import { operations, useEmulator } from "../support/emulator.ts";
import {
  type CommandOptions,
  flagsOf,
  keysOf,
  runCommand,
  startCommand,
  temporaryFile,
  urlOf,
} from "./support.ts";

const HIDE_CURSOR = "\x1b[?25l";
const SHOW_CURSOR = "\x1b[?25h";
const terminal: CommandOptions = { terminal: true };

// The `script` of other systems takes other arguments.
const skip = process.platform !== "linux";

describe("cos-upload on a terminal", { concurrency: 2, skip }, () => {
  it("shows a bar, retries above it, and the result in its place, and gives the cursor back", async (t) => {
    const emulator = await useEmulator(t);
    emulator.faults.add({ operation: "UploadPart", fault: { kind: "error", statusCode: 503 } });
    const file = await temporaryFile(t, seededBytes(2 * MIB));
    const args = [file, urlOf(emulator, "k"), ...flagsOf(emulator), "--part-size", "1MiB"];
    const { code, stdout } = await runCommand(t, args, { ...terminal, env: keysOf(emulator) });
    assert.equal(code, 0, stdout);
    assert.ok(stdout.indexOf(HIDE_CURSOR) < stdout.lastIndexOf(SHOW_CURSOR), JSON.stringify(stdout));
    assert.match(stdout, /[█░]{30} +\d+ % {2}\S+ \S+ of 2\.0 MiB/);
    assert.match(stdout, /cos-upload: attempt 1 at UploadPart of part \d failed, next in \d\.\ds: .*\(503\)/);
    assert.match(stdout, /uploaded 2\.0 MiB to .* verified; CRC64 \d+, ETag "\S+"\r\n$/);
  });

  it("counts what has no length, and tells a failure below", async (t) => {
    const emulator = await useEmulator(t);
    const fault = { kind: "error", statusCode: 403, code: "AccessDenied" } as const;
    emulator.faults.add({ operation: "UploadPart", fault });
    const args = ["-", urlOf(emulator, "k"), ...flagsOf(emulator)];
    const options = { ...terminal, env: keysOf(emulator), openInput: true };
    const { child, result, said } = startCommand(t, args, options);
    child.stdin!.write("a line\n");
    await said(/a line/);
    // What ends the input of a terminal.
    child.stdin!.write("\x04");
    const { code, stdout } = await result;
    assert.equal(code, 1, stdout);
    assert.match(stdout, /7 bytes read, 0 bytes confirmed/);
    assert.match(
      stdout,
      /cos-upload: UploadPart failed: AccessDenied .*; nothing is left in the bucket\r\n$/,
    );
  });

  it("says above the bar that a signal has come, and that it cleans up", async (t) => {
    const emulator = await useEmulator(t);
    emulator.faults.add({ operation: "UploadPart", fault: { kind: "throttle", bytesPerSecond: 10_000 } });
    const file = await temporaryFile(t, seededBytes(MIB));
    const args = [file, urlOf(emulator, "k"), ...flagsOf(emulator)];
    const { child, result } = startCommand(t, args, { ...terminal, env: keysOf(emulator), openInput: true });
    while (!operations(emulator).includes("UploadPart")) await sleep(10);
    child.stdin!.write("\x03");
    const { code, stdout } = await result;
    assert.equal(code, 130, stdout);
    assert.match(stdout, /cos-upload: SIGINT received, cleaning up; once more to exit at once/);
    assert.match(stdout, /cos-upload: ended by SIGINT; nothing is left in the bucket\r\n$/);
    assert.ok(stdout.includes(SHOW_CURSOR));
  });

  it("does not wait for what nobody knows is to be typed", async (t) => {
    const args = ["cos://examplebucket-1250000000/key", "--region", "ap-beijing"];
    const { code, stdout } = await runCommand(t, args, terminal);
    assert.equal(code, 2);
    assert.match(stdout, /name a file, or - for standard input/);
  });
});
