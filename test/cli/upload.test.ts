import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { appendFile, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { MIB, seededBytes } from "../support/bytes.ts";
import { digestOf, operations, storedDigest, useEmulator } from "../support/emulator.ts";
import {
  eventsOf,
  flagsOf,
  keysOf,
  runCommand,
  startCommand,
  temporaryFile,
  temporaryFolder,
  urlOf,
} from "./support.ts";

describe("cos-upload", { concurrency: 2 }, () => {
  it("uploads a file in parts and says that it is verified", async (t) => {
    const emulator = await useEmulator(t);
    const bytes = seededBytes(2 * MIB + 1);
    const args = [await temporaryFile(t, bytes), urlOf(emulator, "a/b"), "--part-size", "1m"];
    const { code, stdout } = await runCommand(t, [...args, ...flagsOf(emulator)], { env: keysOf(emulator) });
    assert.equal(code, 0);
    assert.match(
      stdout,
      /^uploaded 2\.0 MiB to cos:\S+\/a\/b in .*3 parts.* verified; CRC64 \d+, ETag ".+-3"\n$/,
    );
    assert.equal(await storedDigest(emulator, "a/b"), digestOf(bytes));
  });

  it("uploads standard input where - is named", async (t) => {
    const emulator = await useEmulator(t);
    const bytes = seededBytes(MIB + 5);
    const args = ["-", urlOf(emulator, "key"), ...flagsOf(emulator), "--part-size=1MiB"];
    const { code } = await runCommand(t, args, { env: keysOf(emulator), input: bytes });
    assert.equal(code, 0);
    assert.equal(await storedDigest(emulator, "key"), digestOf(bytes));
  });

  it("makes an empty object of an empty standard input", async (t) => {
    const emulator = await useEmulator(t);
    const args = ["-", urlOf(emulator, "empty"), ...flagsOf(emulator)];
    assert.equal((await runCommand(t, args, { env: keysOf(emulator) })).code, 0);
    assert.equal(emulator.object("empty")?.size, 0);
  });

  it("tells all that happens as JSON lines, and the result as the object is", async (t) => {
    const emulator = await useEmulator(t);
    emulator.faults.add({ operation: "UploadPart", fault: { kind: "error", statusCode: 503 } });
    const file = await temporaryFile(t, seededBytes(2 * MIB));
    const args = [file, urlOf(emulator, "k"), ...flagsOf(emulator), "--json", "--part-size", "1MiB"];
    const { code, stdout, stderr } = await runCommand(t, args, { env: keysOf(emulator) });
    assert.deepEqual([code, stderr], [0, ""]);
    const events = eventsOf(stdout);
    const names = new Set(events.map(({ event }) => event));
    assert.deepEqual([...names].sort(), ["initiate", "part", "progress", "result", "retry"]);
    const { event, size, crc64, etag, key, parts } = events.at(-1)!;
    const object = emulator.object("k");
    assert.deepEqual(
      [event, size, crc64, etag, key],
      ["result", object?.size, object?.crc64, `"${object?.etag}"`, "k"],
    );
    assert.equal((parts as unknown[]).length, 2);
    assert.equal(events.filter((one) => one.event === "part").length, 2);
  });

  it("takes the key as it is", async (t) => {
    const emulator = await useEmulator(t);
    const key = "a b/../c%41#d?e=f&g//h+😀";
    const args = ["-", urlOf(emulator, key), ...flagsOf(emulator), "--single-put"];
    assert.equal((await runCommand(t, args, { env: keysOf(emulator), input: "x" })).code, 0);
    assert.deepEqual(
      emulator.objects().map((object) => object.key),
      [key],
    );
  });

  it("gives a key that ends in a slash the file's name, as cp does", async (t) => {
    const emulator = await useEmulator(t);
    const file = await temporaryFile(t, "x", "name of file");
    const args = [file, urlOf(emulator, "folder/"), ...flagsOf(emulator)];
    assert.equal((await runCommand(t, args, { env: keysOf(emulator) })).code, 0);
    assert.equal(emulator.object("folder/name of file")?.size, 1);
  });

  it("stores what its flags say with the object", async (t) => {
    const emulator = await useEmulator(t);
    const flags = ["--content-type", "text/x-a", "--cache-control", "no-cache", "--content-encoding", "gzip"];
    flags.push("--content-disposition", "inline", "--meta", "one=1=1", "--meta", "two=2", "--tag", "t=u");
    flags.push("--storage-class", "STANDARD_IA", "--acl", "private", "--traffic-limit", "838860800");
    flags.push("--concurrency", "1", "--memory", "2MiB", "--part-size", "1MiB", "--max-attempts", "2");
    flags.push("--expect-size", "1", "--expect-md5", "9dd4e461268c8034f5c8564e155c67a6", "--sse", "SSE-COS");
    const args = ["-", urlOf(emulator, "k"), ...flagsOf(emulator), ...flags];
    const { code, stderr } = await runCommand(t, args, { env: keysOf(emulator), input: "x" });
    assert.equal(code, 0, stderr);
    const headers = new Map(
      Object.entries(emulator.object("k")?.headers ?? {}).map(([name, value]) => [name.toLowerCase(), value]),
    );
    assert.equal(headers.get("content-type"), "text/x-a");
    assert.equal(headers.get("cache-control"), "no-cache");
    assert.equal(headers.get("content-encoding"), "gzip");
    assert.equal(headers.get("content-disposition"), "inline");
    assert.equal(headers.get("x-cos-meta-one"), "1=1");
    assert.equal(headers.get("x-cos-meta-two"), "2");
    assert.equal(headers.get("x-cos-storage-class"), "STANDARD_IA");
    assert.equal(headers.get("x-cos-server-side-encryption"), "AES256");
  });

  it("reads the key of SSE-C from a file, raw, hex or base64, and shows it nowhere", async (t) => {
    const emulator = await useEmulator(t);
    const key = seededBytes(32, 5);
    for (const content of [key, key.toString("hex"), `${key.toString("base64")}\n`]) {
      const keyFile = await temporaryFile(t, content);
      const args = [
        "-",
        urlOf(emulator, "k"),
        ...flagsOf(emulator),
        "--sse",
        "SSE-C",
        "--sse-c-key-file",
        keyFile,
      ];
      const { code, stdout, stderr } = await runCommand(t, args, { env: keysOf(emulator), input: "x" });
      assert.equal(code, 0, stderr);
      assert.ok(!(stdout + stderr).includes(key.toString("base64")));
    }
    const sent = emulator.requests.filter(({ operation }) => operation === "UploadPart");
    assert.equal(sent.length, 3);
    for (const { headers } of sent) {
      assert.equal(headers["x-cos-server-side-encryption-customer-key"], key.toString("base64"));
    }
  });

  it("begins no upload for a missing file, a directory, or a file of another size than expected", async (t) => {
    const emulator = await useEmulator(t);
    const folder = await temporaryFolder(t);
    const file = await temporaryFile(t, "abc");
    const cases: [string[], RegExp][] = [
      [[join(folder, "missing")], /missing: no such file/],
      [[folder], /is a directory/],
      [[file, "--expect-size", "4"], /has 3 bytes, not the 4 that --expect-size says/],
      [["-", "--sse", "SSE-C", "--sse-c-key-file", join(folder, "none")], /none: no such file/],
    ];
    for (const [[source, ...more], message] of cases) {
      const args = [source!, urlOf(emulator, "k"), ...flagsOf(emulator), ...more];
      const { code, stdout, stderr } = await runCommand(t, args, { env: keysOf(emulator) });
      assert.deepEqual([code, stdout], [1, ""]);
      assert.match(stderr, message);
      assert.equal(stderr.split("\n").length, 2);
    }
    assert.deepEqual(operations(emulator), []);
  });

  for (const [what, change] of Object.entries({
    grows: (file: string) => appendFile(file, "more"),
    "is overwritten": async (file: string) => {
      await writeFile(file, seededBytes(3 * MIB, 2), { flag: "r+" });
      await utimes(file, new Date(), new Date(1e12));
    },
  })) {
    it(`makes no object of a file that ${what} while it is read`, async (t) => {
      const emulator = await useEmulator(t);
      emulator.faults.add({ operation: "UploadPart", fault: { kind: "latency", milliseconds: 1_000 } });
      const file = await temporaryFile(t, seededBytes(3 * MIB));
      const small = ["--part-size", "1MiB", "--concurrency", "1", "--memory", "1MiB"];
      const args = [file, urlOf(emulator, "k"), ...flagsOf(emulator), ...small];
      const command = startCommand(t, args, { env: keysOf(emulator) });
      while (!operations(emulator).includes("UploadPart")) await sleep(10);
      await change(file);
      const { code, stderr } = await command.result;
      assert.equal(code, 1, stderr);
      assert.match(stderr, /; nothing is left in the bucket\n$/);
      assert.deepEqual(emulator.objects(), []);
    });
  }

  it("reads a fifo to its end", { skip: process.platform === "win32" }, async (t) => {
    const emulator = await useEmulator(t);
    const fifo = join(await temporaryFolder(t), "fifo");
    await new Promise((resolve) => spawn("mkfifo", [fifo]).on("close", resolve));
    const args = [fifo, urlOf(emulator, "k"), ...flagsOf(emulator)];
    const { result } = startCommand(t, args, { env: keysOf(emulator) });
    await writeFile(fifo, seededBytes(MIB + 1));
    assert.equal((await result).code, 0);
    assert.equal(await storedDigest(emulator, "k"), digestOf(seededBytes(MIB + 1)));
  });

  it("tells the code, the request and what is left when COS refuses", async (t) => {
    const emulator = await useEmulator(t);
    const fault = { kind: "error", statusCode: 403, code: "AccessDenied" } as const;
    emulator.faults.add({ operation: "UploadPart", fault });
    const args = ["-", urlOf(emulator, "k"), ...flagsOf(emulator)];
    const { code, stdout, stderr } = await runCommand(t, args, { env: keysOf(emulator), input: "x" });
    assert.deepEqual([code, stdout], [1, ""]);
    assert.match(
      stderr,
      /UploadPart failed: AccessDenied \(403\): .*\[request \S+\]; nothing is left in the bucket\n$/,
    );
    assert.doesNotMatch(stderr, /^ +at /m);
  });

  it("names the upload that could not be aborted", async (t) => {
    const emulator = await useEmulator(t, { orphans: 1 });
    const fault = { kind: "error", statusCode: 403, code: "AccessDenied" } as const;
    emulator.faults.add({ operation: ["UploadPart", "AbortMultipartUpload"], times: Infinity, fault });
    const args = ["-", urlOf(emulator, "k"), ...flagsOf(emulator), "--json"];
    const { code, stdout, stderr } = await runCommand(t, args, { env: keysOf(emulator), input: "x" });
    assert.equal(code, 1);
    const { uploadId } = emulator.uploads()[0]!;
    assert.ok(
      stderr.includes(`upload ${uploadId} could not be aborted; remove it with: cos-upload uploads abort`),
    );
    const { event, left, exitCode, ...error } = eventsOf(stdout).at(-1)!;
    assert.deepEqual([event, left, exitCode, error.uploadId], ["error", "upload", 1, uploadId]);
    assert.equal(error.code, "AccessDenied");
  });

  it("says that an upload may be left when the answer that would name it was lost", async (t) => {
    const emulator = await useEmulator(t, { orphans: 1 });
    emulator.faults.add({ operation: "InitiateMultipartUpload", fault: { kind: "lost-answer" } });
    const args = ["-", urlOf(emulator, "k"), ...flagsOf(emulator), "--max-attempts", "1"];
    const { code, stderr } = await runCommand(t, args, { env: keysOf(emulator), input: "x" });
    assert.equal(code, 1);
    assert.match(stderr, /an upload whose id is not known may be left; look with: cos-upload uploads list/);
  });

  it("is sure that nothing is left where nobody listens", async (t) => {
    const emulator = await useEmulator(t);
    await emulator.close();
    const args = ["-", urlOf(emulator, "k"), ...flagsOf(emulator), "--max-attempts", "1"];
    const { code, stderr } = await runCommand(t, args, { env: keysOf(emulator), input: "x" });
    assert.equal(code, 1);
    assert.match(stderr, /ECONNREFUSED.*; nothing is left in the bucket\n$/);
  });

  it("does not end with 0 when nothing vouches for the object's content", async (t) => {
    const emulator = await useEmulator(t);
    emulator.faults.add({
      operation: ["CompleteMultipartUpload", "HeadObject"],
      times: Infinity,
      fault: { kind: "no-crc64" },
    });
    const args = ["-", urlOf(emulator, "k"), ...flagsOf(emulator)];
    const { code, stderr } = await runCommand(t, args, { env: keysOf(emulator), input: "x" });
    assert.equal(code, 1, stderr);
    assert.match(stderr, /the object was made/);
  });

  it("says how to give credentials when there are none", async (t) => {
    const emulator = await useEmulator(t);
    const { code, stderr } = await runCommand(t, ["-", urlOf(emulator, "k"), ...flagsOf(emulator)], {
      input: "x",
    });
    assert.equal(code, 1);
    assert.match(stderr, /no credentials: set TENCENTCLOUD_SECRET_ID/);
    assert.deepEqual(operations(emulator), []);
  });

  it("goes on when the reader of its output leaves", async (t) => {
    const emulator = await useEmulator(t);
    const file = await temporaryFile(t, seededBytes(2 * MIB));
    const args = [file, urlOf(emulator, "k"), ...flagsOf(emulator), "--json", "--part-size", "1m"];
    const { child, result } = startCommand(t, args, { env: keysOf(emulator) });
    child.stdout!.destroy();
    assert.deepEqual(await result, { code: 0, stdout: "", stderr: "" });
    assert.equal(emulator.object("k")?.size, 2 * MIB);
  });
});
