import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { CosClient } from "../../lib/index.ts";
import { useEmulator } from "../support/emulator.ts";
import { eventsOf, flagsOf, keysOf, runCommand, urlOf } from "./support.ts";

describe("cos-upload uploads", { concurrency: 2 }, () => {
  it("lists unfinished uploads, of the bucket or of a prefix", async (t) => {
    const emulator = await useEmulator(t, { orphans: 3 });
    await using client = new CosClient(emulator.target);
    const ids: Record<string, string> = {};
    for (const key of ["a", "a/b", "c\nd"])
      ids[key] = (await client.initiateMultipartUpload({ key })).uploadId;
    const options = { env: keysOf(emulator) };
    const list = (url: string, ...more: string[]) =>
      runCommand(t, ["uploads", "list", url, ...flagsOf(emulator), ...more], options);
    const whole = await list(`cos://${emulator.target.bucket}`);
    assert.equal(whole.code, 0);
    assert.deepEqual(
      whole.stdout.split("\n").map((line) => line.split("\t").slice(1)),
      [[ids.a, "a"], [ids["a/b"], "a/b"], [ids["c\nd"], '"c\\nd"'], []],
    );
    const some = await list(urlOf(emulator, "a/"), "--json");
    const [upload, ...others] = eventsOf(some.stdout);
    assert.deepEqual([upload?.key, upload?.uploadId, others], ["a/b", ids["a/b"], []]);
    assert.ok(Number.isFinite(Date.parse(String(upload?.initiated))));
  });

  it("aborts one upload by its id", async (t) => {
    const emulator = await useEmulator(t, { orphans: 1 });
    await using client = new CosClient(emulator.target);
    const { uploadId } = await client.initiateMultipartUpload({ key: "k" });
    const other = await client.initiateMultipartUpload({ key: "k" });
    const args = ["uploads", "abort", urlOf(emulator, "k"), "--upload-id", uploadId, ...flagsOf(emulator)];
    const first = await runCommand(t, args, { env: keysOf(emulator) });
    assert.deepEqual(first, { code: 0, stdout: `aborted ${uploadId}\n`, stderr: "" });
    assert.deepEqual(
      emulator.uploads().map((upload) => upload.uploadId),
      [other.uploadId],
    );
    const second = await runCommand(t, args, { env: keysOf(emulator) });
    assert.equal(second.code, 1);
    assert.match(second.stderr, /NoSuchUpload/);
  });

  it("aborts all uploads of exactly one key, and none of a longer key", async (t) => {
    const emulator = await useEmulator(t, { orphans: 2 });
    await using client = new CosClient(emulator.target);
    for (const key of ["log", "log", "log.old", "logs/1"]) await client.initiateMultipartUpload({ key });
    const args = ["uploads", "abort", urlOf(emulator, "log"), "--all", "--json", ...flagsOf(emulator)];
    const { code, stdout } = await runCommand(t, args, { env: keysOf(emulator) });
    assert.equal(code, 0);
    assert.deepEqual(
      eventsOf(stdout).map(({ event, key }) => [event, key]),
      [
        ["abort", "log"],
        ["abort", "log"],
      ],
    );
    assert.deepEqual(
      emulator.uploads().map(({ key }) => key),
      ["log.old", "logs/1"],
    );
  });
});
