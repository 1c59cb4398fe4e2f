import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { Emulator } from "../../lib/emulator/index.ts";
import { MIB, seededBytes } from "../support/bytes.ts";
import { digestOf, operations, storedDigest, useEmulator } from "../support/emulator.ts";
import { count, received } from "../support/ending.ts";
import { eventsOf, flagsOf, keysOf, runCommand, startCommand, temporaryFile, urlOf } from "./support.ts";

/** The numbers of the parts that the emulator has, once no more arrive. */
async function partsLeft(emulator: Emulator): Promise<number[]> {
  const numbers = (): number[] => emulator.uploads()[0]?.parts.map(({ partNumber }) => partNumber) ?? [];
  for (let seen = -1; seen !== numbers().length; await sleep(100)) seen = numbers().length;
  return numbers().sort((a, b) => a - b);
}

describe("cos-upload --resume", { concurrency: 2 }, () => {
  for (const source of ["a file", "standard input"] as const) {
    it(`after kill -9 in the middle of ${source}, the same command sends only what is missing`, async (t) => {
      const emulator = await useEmulator(t);
      const bytes = seededBytes(24 * MIB + 321);
      const total = 25;
      const flags = [...flagsOf(emulator), "--part-size", "1MiB", "--resume", "--json"];
      const isFile = source === "a file";
      const from = isFile ? await temporaryFile(t, bytes) : "-";
      const args = [from, urlOf(emulator, "k"), ...flags];
      const options = { env: keysOf(emulator), ...(!isFile && { input: bytes }) };
      // So that it is in the middle when it is killed: these never arrive.
      for (const partNumber of [7, 12, 13, 14]) {
        emulator.faults.add({ partNumber, fault: { kind: "stall", where: "request" } });
      }
      const { child, result } = startCommand(t, args, options);
      await received(emulator, "UploadPart", 14);
      child.kill("SIGKILL");
      assert.equal((await result).code, null);
      const left = await partsLeft(emulator);
      assert.ok(left.length >= 8 && left.length < total, String(left));

      const before = count(emulator, "UploadPart");
      const { code, stdout } = await runCommand(t, args, options);
      assert.equal(code, 0);
      assert.equal(count(emulator, "UploadPart") - before, total - left.length);
      assert.equal(count(emulator, "InitiateMultipartUpload"), 1);
      const events = eventsOf(stdout);
      assert.equal(events.find(({ event }) => event === "initiate")?.resumed, true);
      const skipped = events.filter((event) => event.event === "part" && event.skipped);
      assert.deepEqual(
        skipped.map(({ partNumber }) => partNumber),
        left,
      );
      assert.equal(await storedDigest(emulator, "k"), digestOf(bytes));
    });
  }

  it("says so to people, and begins anew where there is nothing to go on with", async (t) => {
    const emulator = await useEmulator(t);
    const file = await temporaryFile(t, seededBytes(3 * MIB));
    // One part after the other: the first has arrived when the second is refused.
    const cut = ["--part-size", "1MiB", "--concurrency", "1"];
    const args = [file, urlOf(emulator, "k"), ...flagsOf(emulator), ...cut, "--resume"];
    emulator.faults.add({ partNumber: 2, fault: { kind: "error", statusCode: 403, code: "AccessDenied" } });
    const first = await runCommand(t, args, { env: keysOf(emulator) });
    assert.equal(first.code, 1);
    assert.match(first.stderr, /began upload \w+\n/);
    const uploadId = emulator.uploads()[0]!.uploadId;
    assert.ok(
      first.stderr.includes(
        `upload ${uploadId} is left with its parts; continue it with --resume, or remove it with:`,
      ),
      first.stderr,
    );
    const second = await runCommand(t, args, { env: keysOf(emulator) });
    assert.equal(second.code, 0);
    assert.ok(second.stderr.includes(`resumed upload ${uploadId}\n`), second.stderr);
    assert.match(second.stdout, /\(3 parts, 1 of them there already, /);
  });

  it("keeps the parts at SIGINT", async (t) => {
    const emulator = await useEmulator(t, { orphans: 1 });
    const args = ["-", urlOf(emulator, "k"), ...flagsOf(emulator), "--part-size", "1MiB", "--resume"];
    const { child, result } = startCommand(t, args, { env: keysOf(emulator), openInput: true });
    child.stdin!.write(seededBytes(2 * MIB));
    while ((emulator.uploads()[0]?.parts.length ?? 0) < 2) await sleep(10);
    child.kill("SIGINT");
    const { code, stderr } = await result;
    assert.equal(code, 130);
    assert.match(stderr, /ended by SIGINT; upload \w+ is left with its parts; continue it with --resume/);
  });

  it("goes on with the upload that --upload-id names, and says when it is not there", async (t) => {
    const emulator = await useEmulator(t);
    const file = await temporaryFile(t, seededBytes(MIB));
    const args = [file, urlOf(emulator, "k"), ...flagsOf(emulator), "--resume", "--upload-id", "gone"];
    const { code, stderr } = await runCommand(t, args, { env: keysOf(emulator) });
    assert.equal(code, 1);
    assert.match(stderr, /The upload gone to be resumed is not there: it was completed or aborted/);
    assert.ok(stderr.endsWith("; nothing is left in the bucket\n"), stderr);
    assert.deepEqual(operations(emulator), ["ListParts"]);
  });

  it("refuses --upload-id without --resume", async (t) => {
    const { code, stderr } = await runCommand(t, ["-", "cos://b-1/k", "--region", "r", "--upload-id", "x"]);
    assert.deepEqual([code, stderr], [2, "cos-upload: --upload-id goes with --resume\n"]);
  });
});
