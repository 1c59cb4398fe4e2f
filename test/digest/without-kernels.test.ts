import assert from "node:assert/strict";
import { test } from "node:test";
import { MIB, seededBytes } from "../support/bytes.ts";
import { runScript } from "../support/child.ts";
import { oracleCrc64, oracleMd5 } from "./support.ts";

const SIZE = 9 * MIB + 1234;

/** What may be amiss with an engine or a package; run before the package is imported. */
const amiss: Readonly<Record<string, string>> = {
  "the engine has no shared memory": `
    const { Memory } = WebAssembly;
    WebAssembly.Memory = function (descriptor) {
      if (descriptor.shared) throw new TypeError("shared memory is not enabled");
      return new Memory(descriptor);
    };
  `,
  "the engine does not compile the kernels": `
    const { Module } = WebAssembly;
    WebAssembly.Module = function (binary) {
      if (binary.byteLength < 16_384) throw new WebAssembly.CompileError("invalid SIMD opcode");
      return new Module(binary);
    };
  `,
  "the kernels' file is not there": `
    const fs = (await import("node:fs")).default;
    const { readFileSync } = fs;
    fs.readFileSync = (file, ...more) => {
      if (String(file).endsWith("kernels.wasm")) throw Object.assign(new Error("no such file"), { code: "ENOENT" });
      return readFileSync(file, ...more);
    };
    (await import("node:module")).syncBuiltinESMExports();
  `,
  "the kernels compute something else": `
    const { Instance } = WebAssembly;
    WebAssembly.Instance = function (module, imports) {
      const { exports } = new Instance(module, imports);
      if (exports.md5Lanes === undefined) return { exports };
      return { exports: { ...exports, md5Lanes: (state, p0, p1, ...more) => exports.md5Lanes(state, p1, p0, ...more) } };
    };
  `,
};

/** An upload through a client that would like a thread; prints what came of it. */
const UPLOAD = `
  const { createCipheriv } = await import("node:crypto");
  const { CosClient } = await import("cos-upload-stream");
  const { startEmulator } = await import("cos-upload-stream/emulator");
  const iv = Buffer.alloc(16);
  iv.writeUInt32BE(1);
  const bytes = createCipheriv("aes-128-ctr", Buffer.alloc(16, 7), iv).update(Buffer.alloc(${SIZE}));
  const emulator = await startEmulator({ port: 0 });
  const client = new CosClient({ ...emulator.target, digest: { worker: true } });
  const upload = client.createUploadStream({ key: "object", partSize: ${MIB} });
  for (let at = 0; at < bytes.byteLength; at += 100_000) {
    if (!upload.write(bytes.subarray(at, at + 100_000))) await new Promise((resolve) => upload.once("drain", resolve));
  }
  upload.end();
  const { crc64, parts } = await upload.done;
  const { hashing, memoryHeld } = client.stats();
  console.log(JSON.stringify({ crc64, md5s: parts.map(({ md5 }) => md5), hashing, memoryHeld }));
  await client.close();
  await emulator.close();
`;

const bytes = seededBytes(SIZE);
const md5s = Array.from({ length: 10 }, (_, part) => oracleMd5(bytes.subarray(part * MIB, (part + 1) * MIB)));

for (const [what, before] of Object.entries(amiss)) {
  test(`where ${what}, uploads verify all the same, hashed by the main thread`, async () => {
    const { code, output, errors } = await runScript(before + UPLOAD);
    assert.deepEqual([code, errors], [0, ""]);
    assert.deepEqual(JSON.parse(output), {
      crc64: oracleCrc64(bytes),
      md5s,
      hashing: "inline",
      memoryHeld: 0,
    });
  });
}

/** The same upload, interrupted and resumed; digests are there in the middle of a write. Prints progress, and what was skipped. */
const RESUMED = `
  const { createUploadStream } = await import("cos-upload-stream");
  const { startEmulator } = await import("cos-upload-stream/emulator");
  const emulator = await startEmulator({ port: 0 });
  const given = { ...emulator.target, key: "object", partSize: ${MIB} };
  const bytes = Buffer.alloc(${SIZE}, 7);
  const first = createUploadStream({ ...given, complete: false });
  first.end(bytes);
  await first.done;
  const second = createUploadStream({ ...given, resume: "latest" });
  const seen = [];
  second.on("progress", ({ received, sent, confirmed }) => seen.push([received, sent, confirmed]));
  second.end(bytes);
  const { parts } = await second.done;
  console.log(JSON.stringify({ seen, skipped: parts.filter(({ skipped }) => skipped).length }));
  await emulator.close();
`;

test("parts that are skipped in the middle of a write are not confirmed before they were received", async () => {
  const { code, output, errors } = await runScript(amiss["the kernels' file is not there"] + RESUMED);
  assert.deepEqual([code, errors], [0, ""]);
  const { seen, skipped } = JSON.parse(output) as { seen: number[][]; skipped: number };
  assert.equal(skipped, 10);
  assert.ok(seen.length > 0);
  for (const [received, sent, confirmed] of seen) {
    assert.ok(confirmed! <= sent! && sent! <= received!, String([received, sent, confirmed]));
  }
});
