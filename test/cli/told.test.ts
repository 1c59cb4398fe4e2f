import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { symlink } from "node:fs/promises";
import { join } from "node:path";
import { describe, it } from "node:test";
import { useEmulator } from "../support/emulator.ts";
import { eventsOf, flagsOf, keysOf, runCommand, startCommand, temporaryFolder, urlOf } from "./support.ts";

describe("cos-upload tells", { concurrency: 2 }, () => {
  it("people of an attempt that failed", async (t) => {
    const emulator = await useEmulator(t);
    emulator.faults.add({ operation: "UploadPart", fault: { kind: "error", statusCode: 503 } });
    const args = ["-", urlOf(emulator, "k"), ...flagsOf(emulator)];
    const { code, stderr } = await runCommand(t, args, { env: keysOf(emulator), input: "x" });
    assert.equal(code, 0);
    assert.match(stderr, /attempt 1 at UploadPart of part 1 failed, next in \d\.\ds: .*\(503\)/);
  });

  it("that an object may have been made, when nobody answers the question", async (t) => {
    const emulator = await useEmulator(t);
    const always = { times: Number.POSITIVE_INFINITY };
    emulator.faults.add({ operation: "CompleteMultipartUpload", fault: { kind: "lost-answer" } });
    emulator.faults.add({
      operation: ["HeadObject", "ListParts", "CompleteMultipartUpload"],
      ...always,
      fault: { kind: "error", statusCode: 403, code: "AccessDenied" },
    });
    const args = ["-", urlOf(emulator, "k"), ...flagsOf(emulator), "--json"];
    const { code, stdout, stderr } = await runCommand(t, args, { env: keysOf(emulator), input: "x" });
    assert.equal(code, 1);
    assert.match(
      stderr,
      /the object may have been made; look for it; if it was not, remove upload \w+ with: /,
    );
    assert.equal(eventsOf(stdout).at(-1)?.left, "unknown");
  });

  it("machines of bad usage as well", async (t) => {
    const { code, stdout } = await runCommand(t, ["-", "https://x/y", "--region", "ap-beijing", "--json"]);
    assert.equal(code, 2);
    const [event, ...more] = eventsOf(stdout);
    assert.deepEqual([event?.event, event?.exitCode, more], ["error", 2, []]);
  });

  it("why a file cannot be opened, whatever the reason", async (t) => {
    const emulator = await useEmulator(t);
    const loop = join(await temporaryFolder(t), "loop");
    await symlink(loop, loop);
    const { code, stderr } = await runCommand(t, [loop, urlOf(emulator, "k"), ...flagsOf(emulator)]);
    assert.equal(code, 1);
    assert.match(stderr, /loop cannot be read: ELOOP/);
  });

  it("that it was ended while it waited for somebody to write into a fifo", {
    skip: process.platform === "win32",
  }, async (t) => {
    const emulator = await useEmulator(t);
    const fifo = join(await temporaryFolder(t), "fifo");
    await new Promise((resolve) => spawn("mkfifo", [fifo]).on("close", resolve));
    const args = [fifo, urlOf(emulator, "k"), ...flagsOf(emulator), "--idle-timeout", "0.2"];
    const { code, stderr } = await startCommand(t, args, { env: keysOf(emulator) }).result;
    assert.equal(code, 1);
    assert.match(stderr, /wrote nothing for 200 ms.*; nothing is left in the bucket/);
  });
});

it("cos-upload encrypts with the key and the context of SSE-KMS", async (t) => {
  const emulator = await useEmulator(t);
  const flags = [
    "--sse",
    "SSE-KMS",
    "--sse-kms-key-id",
    "some-key",
    "--sse-kms-context",
    '{"project":"backup"}',
  ];
  const args = ["-", urlOf(emulator, "k"), ...flagsOf(emulator), ...flags];
  const { code, stderr } = await runCommand(t, args, { env: keysOf(emulator), input: "x" });
  assert.equal(code, 0, stderr);
  const { headers } = emulator.requests[0]!;
  assert.equal(headers["x-cos-server-side-encryption"], "cos/kms");
  assert.equal(headers["x-cos-server-side-encryption-cos-kms-key-id"], "some-key");
  const context = headers["x-cos-server-side-encryption-context"]!;
  assert.deepEqual(JSON.parse(Buffer.from(context, "base64").toString()), { project: "backup" });
});
