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
  "the kernels compute something else": `
    const { Instance } = WebAssembly;
    WebAssembly.Instance = function (module, imports) {
      const { exports } = new Instance(module, imports);
      if (exports.md5Lanes === undefined) return { exports };
      return { exports: { ...exports, md5Lanes: (state, p0, p1, ...more) => exports.md5Lanes(state, p1, p0, ...more) } };
    };
  `,
};

/** Hidden from us alone, as undici cannot do without it. */
const NO_WEB_ASSEMBLY = `
  const { WebAssembly } = globalThis;
  Object.defineProperty(globalThis, "WebAssembly", {
    get: () => (new Error().stack.includes("/dist/digest/") ? undefined : WebAssembly),
  });
`;

/** Uploads through a client that would like a thread; prints what came of the second. */
const UPLOAD = `
  const { createCipheriv } = await import("node:crypto");
  const { CosClient } = await import("cos-upload-stream");
  const { startEmulator } = await import("cos-upload-stream/emulator");
  const iv = Buffer.alloc(16);
  iv.writeUInt32BE(1);
  const bytes = createCipheriv("aes-128-ctr", Buffer.alloc(16, 7), iv).update(Buffer.alloc(${SIZE}));
  const emulator = await startEmulator({ port: 0 });
  const client = new CosClient({ ...emulator.target, digest: { worker: true } });
  const warnings = [];
  const open = (key) =>
    client.createUploadStream({ key, partSize: ${MIB} }).on("warning", ({ code }) => warnings.push(code));
  await open("first").end("hello").done;
  const upload = open("second");
  for (let at = 0; at < bytes.byteLength; at += 100_000) {
    if (!upload.write(bytes.subarray(at, at + 100_000))) await new Promise((resolve) => upload.once("drain", resolve));
  }
  upload.end();
  const { crc64, parts } = await upload.done;
  const { hashing, memoryHeld } = client.stats();
  console.log(JSON.stringify({ crc64, md5s: parts.map(({ md5 }) => md5), hashing, memoryHeld, warnings }));
  await client.close();
  await emulator.close();
`;

const bytes = seededBytes(SIZE);
const md5s = Array.from({ length: 10 }, (_, part) => oracleMd5(bytes.subarray(part * MIB, (part + 1) * MIB)));

async function assertUploaded(before: string, warnings: readonly string[]): Promise<void> {
  const { code, output, errors } = await runScript(before + UPLOAD);
  assert.deepEqual([code, errors], [0, ""]);
  const crc64 = oracleCrc64(bytes);
  assert.deepEqual(JSON.parse(output), { crc64, md5s, hashing: "package", memoryHeld: 0, warnings });
}

for (const [what, before] of Object.entries(amiss)) {
  test(`where ${what}, uploads verify all the same, hashed by packages, and a warning says so once`, () =>
    assertUploaded(before, ["ERR_COS_SLOW_HASHING"]));
}

test("where there is no WebAssembly at all, nothing could be done about it, and there is no warning", () =>
  assertUploaded(NO_WEB_ASSEMBLY, []));

test("parts that are cut without a network, or sent by hand, are hashed by packages too", async () => {
  const { code, output, errors } = await runScript(`
    ${amiss["the engine has no shared memory"]}
    const { CosClient, PartTransform } = await import("cos-upload-stream");
    const { startEmulator } = await import("cos-upload-stream/emulator");
    const emulator = await startEmulator({ port: 0 });
    const client = new CosClient(emulator.target);
    const put = await client.putObject({ key: "object", body: Buffer.from("123456789") });
    const { uploadId } = await client.initiateMultipartUpload({ key: "other" });
    const sent = await client.uploadPart({ key: "other", uploadId, partNumber: 1, body: Buffer.from("123456789") });
    const [part] = await new PartTransform().end("123456789").toArray();
    console.log(put.crc64, sent.crc64, part.crc64);
    await client.close();
    await emulator.close();
  `);
  assert.deepEqual([code, errors], [0, ""]);
  assert.equal(
    output.trim(),
    Array(3)
      .fill(oracleCrc64(Buffer.from("123456789")))
      .join(" "),
  );
});

test("where the package is missing as well, an upload fails with nothing sent", async () => {
  const { code, output, errors } = await runScript(`
    ${amiss["the engine has no shared memory"]}
    const Module = (await import("node:module")).default;
    const { _resolveFilename } = Module;
    // The emulator has it all the same.
    Module._resolveFilename = (name, parent, ...more) => {
      const isOurs = name === "crc64-ecma182.js" && parent.filename.includes("digest");
      return _resolveFilename(isOurs ? "no-such-package" : name, parent, ...more);
    };
    const { createUploadStream, PartTransform } = await import("cos-upload-stream");
    const { startEmulator } = await import("cos-upload-stream/emulator");
    const emulator = await startEmulator({ port: 0 });
    const codes = [];
    const fail = ({ code }) => codes.push(code);
    for (let i = 0; i < 2; i++) await createUploadStream({ ...emulator.target, key: "object" }).end("hello").done.catch(fail);
    await new PartTransform().end("hello").toArray().catch(fail);
    console.log(codes.join(), emulator.requests.length);
    await emulator.close();
  `);
  assert.deepEqual([code, errors], [0, ""]);
  assert.equal(output.trim(), "ERR_COS_DEPENDENCY,ERR_COS_DEPENDENCY,ERR_COS_DEPENDENCY 0");
});

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
  const { code, output, errors } = await runScript(amiss["the engine has no shared memory"] + RESUMED);
  assert.deepEqual([code, errors], [0, ""]);
  const { seen, skipped } = JSON.parse(output) as { seen: number[][]; skipped: number };
  assert.equal(skipped, 10);
  assert.ok(seen.length > 0);
  for (const [received, sent, confirmed] of seen) {
    assert.ok(confirmed! <= sent! && sent! <= received!, String([received, sent, confirmed]));
  }
});
