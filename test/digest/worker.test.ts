import assert from "node:assert/strict";
import { availableParallelism } from "node:os";
import { test } from "node:test";
import { MIB, seededBytes } from "../support/bytes.ts";
import { runScript } from "../support/child.ts";
import { oracleCrc64 } from "./support.ts";

/** The package as it is built, in a process of its own, with an emulator; `threads` are those that were started. */
const BEGIN = `
  import { createCipheriv } from "node:crypto";
  import { syncBuiltinESMExports } from "node:module";
  import workerThreads from "node:worker_threads";
  const { Worker } = workerThreads;
  const threads = [];
  workerThreads.Worker = class extends Worker {
    constructor(...options) {
      super(...options);
      threads.push(this);
    }
  };
  syncBuiltinESMExports();
  const { CosClient, createUploadStream } = await import("cos-upload-stream");
  const { startEmulator } = await import("cos-upload-stream/emulator");
  const MIB = ${MIB};
  const emulator = await startEmulator({ port: 0 });
  const seededBytes = (size) => {
    const iv = Buffer.alloc(16);
    iv.writeUInt32BE(1);
    return createCipheriv("aes-128-ctr", Buffer.alloc(16, 7), iv).update(Buffer.alloc(size));
  };
  /** Writes as a source does, and says after each MiB how much it was. */
  const upload = async (stream, bytes, written = async () => {}) => {
    for (let at = 0; at < bytes.byteLength; at += MIB) {
      await new Promise((resolve) => stream.write(bytes.subarray(at, at + MIB), resolve));
      await written(at / MIB + 1);
    }
    stream.end();
    return (await stream.done).crc64;
  };
`;

/** What a script printed; it exits by itself, though it closes no client. */
async function outputOf(script: string): Promise<string> {
  const { code, output, errors } = await runScript(BEGIN + script);
  assert.deepEqual([code, errors], [0, ""]);
  return output.trim();
}

test("with `worker: true` a thread hashes from the first byte; idle, it does not keep the process alive", async () => {
  const script = `
    const client = new CosClient({ ...emulator.target, digest: { worker: true } });
    const bytes = seededBytes(24 * MIB);
    console.log(threads.length, client.stats().hashing);
    const stream = client.createUploadStream({ key: "object", partSize: MIB });
    console.log(await upload(stream, bytes, async () => {
      while (client.stats().hashing !== "worker") await new Promise((resolve) => setImmediate(resolve));
    }));
    console.log(threads.length, client.stats().hashing);
    await emulator.close();
  `;
  const crc64 = oracleCrc64(seededBytes(24 * MIB));
  assert.equal(await outputOf(script), `0 inline\n${crc64}\n1 worker`);
});

test("when the thread is ended in the middle of an upload, the upload goes on without it and verifies", async () => {
  const script = `
    const client = new CosClient({ ...emulator.target, digest: { worker: true } });
    const stream = client.createUploadStream({ key: "object", partSize: MIB });
    console.log(await upload(stream, seededBytes(48 * MIB), async (mebibytes) => {
      while (mebibytes < 20 && client.stats().hashing !== "worker") await new Promise((resolve) => setImmediate(resolve));
      if (mebibytes === 20) threads[0].terminate();
    }));
    console.log(threads.length, client.stats().hashing);
    await client.close();
    await emulator.close();
  `;
  assert.equal(await outputOf(script), `${oracleCrc64(seededBytes(48 * MIB))}\n1 inline`);
});

test("with `worker: false` there is no thread, however much is uploaded", async () => {
  const script = `
    const options = { ...emulator.target, digest: { worker: false }, expectedSize: 80 * MIB };
    console.log(await upload(createUploadStream({ ...options, key: "object" }), seededBytes(80 * MIB)));
    console.log(threads.length);
    await emulator.close();
  `;
  assert.equal(await outputOf(script), `${oracleCrc64(seededBytes(80 * MIB))}\n0`);
});

test("by default a thread is started for long uploads only, and where there is a second core", async () => {
  const script = `
    const counts = [];
    const begin = async (size, expectedSize) => {
      const key = "object";
      await upload(createUploadStream({ ...emulator.target, key, expectedSize }), seededBytes(size));
      counts.push(threads.splice(0).length);
    };
    await begin(13);
    await begin(20 * MIB, 20 * MIB);
    await begin(48 * MIB);
    await begin(64 * MIB, 64 * MIB);
    console.log(counts.join());
    await emulator.close();
  `;
  const long = availableParallelism() > 1 ? 1 : 0;
  assert.equal(await outputOf(script), [0, 0, long, long].join());
});

test("a stream without a client ends its thread when it closes, finished or destroyed", async () => {
  const script = `
    const options = { ...emulator.target, key: "object", digest: { worker: true }, partSize: MIB };
    const ended = () => Promise.all(threads.map((thread) => thread.threadId === -1 || new Promise((resolve) => thread.once("exit", resolve))));
    await upload(createUploadStream(options), seededBytes(8 * MIB));
    await ended();
    const destroyed = createUploadStream(options);
    destroyed.on("error", () => {});
    await upload(destroyed, seededBytes(8 * MIB), async (mebibytes) => {
      if (mebibytes === 6) destroyed.destroy(new Error("enough"));
    }).catch(({ message }) => console.log(message));
    await ended();
    console.log(threads.length, emulator.uploads().length);
    await emulator.close();
  `;
  assert.equal(await outputOf(script), "enough\n2 0");
});

test("where no thread may be started, uploads go on without", async () => {
  const script = `
    workerThreads.Worker = class {
      constructor() {
        throw Object.assign(new Error("Access to this API has been restricted"), { code: "ERR_ACCESS_DENIED" });
      }
    };
    syncBuiltinESMExports();
    const options = { ...emulator.target, key: "object", digest: { worker: true } };
    console.log(await upload(createUploadStream(options), seededBytes(20 * MIB)));
    await emulator.close();
  `;
  assert.equal(await outputOf(script), oracleCrc64(seededBytes(20 * MIB)));
});
