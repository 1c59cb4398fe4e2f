import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import fc from "fast-check";
import { CosClient, createUploadStream } from "../../lib/index.ts";
import { KIB, MIB } from "../support/bytes.ts";
import { digestOf, storedDigest, useEmulator } from "../support/emulator.ts";
import { recordEnding, success, until } from "../support/ending.ts";
import { runs } from "../support/property.ts";
import { CONTENT, ScriptedWriter } from "./scripted-writer.ts";
import { checkTransformRun, checkUploadRun, transformRun, uploadRun } from "./writing-listeners.ts";

const P = MIB;

describe("Code of the program that writes to the stream which called it", () => {
  test("loses no byte of an upload, nor its order, whatever it does and wherever it is called", async (t) => {
    const emulator = await useEmulator(t);
    let number = 0;
    const property = fc.asyncProperty(uploadRun, async (run) => {
      await checkUploadRun(emulator, run, `object-${number++}`);
    });
    await fc.assert(property, { ...runs(25), includeErrorInReport: true });
  });

  test("loses no byte of a PartTransform", async () => {
    await fc.assert(fc.asyncProperty(transformRun, checkTransformRun), {
      ...runs(25),
      includeErrorInReport: true,
    });
  });
});

describe("A logger", { timeout: 20_000 }, () => {
  for (const corked of [false, true]) {
    test(`whose progress is a line of the log itself loses none of its ${corked ? "corked " : ""}bursts of 5 MB`, async (t) => {
      const emulator = await useEmulator(t);
      const upload = createUploadStream({ ...emulator.target, key: "log", partSize: P });
      const lines: Buffer[] = [];
      const log = (line: string): void => {
        const bytes = Buffer.from(`${line}\n`);
        lines.push(bytes);
        upload.write(bytes);
      };
      let reports = 0;
      upload.on("progress", ({ received }) => {
        if (!upload.writableEnded) log(`progress ${++reports}: ${received}`);
      });
      for (let burst = 0; burst < 4; burst++) {
        if (corked) upload.cork();
        for (let i = 0; i < 500; i++) log(`${burst}/${i} ${"x".repeat(10_000)}`);
        if (corked) upload.uncork();
        // The next burst comes when the next report is due.
        const before = reports;
        await until(() => reports > before || burst === 3, "a report");
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
      const ending = recordEnding(upload);
      upload.end();
      await success(ending);
      assert.ok(reports > 2);
      assert.equal(await storedDigest(emulator, "log"), digestOf(Buffer.concat(lines)));
    });
  }
});

test("A write callback of one stream may write to another of the same client", {
  timeout: 20_000,
}, async (t) => {
  const emulator = await useEmulator(t);
  await using client = new CosClient({ ...emulator.target, memory: 4 * P });
  // Its parts are there already, so that they give their memory back as they are cut.
  const first = client.createUploadStream({ key: "a", partSize: P, complete: false });
  first.end(CONTENT.subarray(0, 4 * P));
  await first.done;

  const a = new ScriptedWriter(client.createUploadStream({ key: "a", partSize: P, resume: "latest" }));
  const b = new ScriptedWriter(client.createUploadStream({ key: "b", partSize: P }));
  const endings = [a, b].map(({ stream }) => recordEnding(stream));
  a.write(P - 1);
  await until(() => a.stream.stats().received === P - 1, "the upload that is resumed");
  // All memory is held when b needs more, which it gets inside of what a is given next.
  b.write(8 * P, () => a.write(10 * KIB));
  a.burst([1, KIB, 2 * P, KIB]);
  a.burst([1, P, KIB]);
  await until(() => b.stream.writableLength === 0 && a.stream.writableLength === 0, "everything is taken");
  for (const { stream } of [a, b]) stream.end();
  for (const ending of endings) await success(ending);
  for (const [key, { bytes }] of Object.entries({ a, b })) {
    assert.equal(await storedDigest(emulator, key), digestOf(bytes));
  }
});

test("A chunk whose methods write to the stream it is written to", { timeout: 20_000 }, async (t) => {
  const emulator = await useEmulator(t);
  const upload = createUploadStream({ ...emulator.target, key: "object", partSize: P });
  const ending = recordEnding(upload);
  const said: Buffer[] = [];
  let depth = 0;
  const write = (bytes: Buffer): void => {
    said.push(bytes);
    upload.write(bytes);
  };
  class Chunk extends Buffer {
    override get byteLength(): number {
      if (depth++ < 3) write(Buffer.from("more"));
      return super.byteLength;
    }
  }
  upload.cork();
  for (let i = 0; i < 3; i++) write(Object.setPrototypeOf(Buffer.alloc(10, i), Chunk.prototype));
  upload.uncork();
  await turn();
  upload.end();
  await success(ending);
  assert.equal(await storedDigest(emulator, "object"), digestOf(Buffer.concat(said)));
  assert.ok(depth > 3);
});
