import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { crc64 } from "crc64-ecma182.js";
import { type WrittenBody, writeBody } from "../../lib/emulator/body-file.ts";
import { combineCrc64 } from "../../lib/emulator/crc64.ts";
import { bytes } from "./support.ts";

const vectors = JSON.parse(
  readFileSync(new URL("../fixtures/crc64-vectors.json", import.meta.url), "utf8"),
) as { name: string; length: number; crc64: string }[];

const known = (name: string): { length: number; crc64: string } => {
  const vector = vectors.find((candidate) => candidate.name === name);
  assert.ok(vector);
  return vector;
};

const INPUTS: Record<string, Uint8Array> = {
  empty: Buffer.alloc(0),
  check: Buffer.from("123456789"),
  a: Buffer.from("a"),
  "doc-object-part": Buffer.from("[Object Part]"),
  "doc-object-content": Buffer.from("[Object Content]"),
  "zeros-1024": Buffer.alloc(1024),
  "ff-1024": Buffer.alloc(1024, 0xff),
  "seq-256x4": Buffer.from(Array.from({ length: 1024 }, (_, at) => at % 256)),
  "zeros-1MiB": Buffer.alloc(1024 * 1024),
};

async function write(t: TestContext, body: Uint8Array, step: number): Promise<WrittenBody> {
  const folder = await mkdtemp(join(tmpdir(), "cos-emulator-body-"));
  t.after(() => rm(folder, { recursive: true }));
  const written = await writeBody(
    (async function* () {
      for (let at = 0; at < body.length; at += step) yield body.subarray(at, at + step);
    })(),
    join(folder, "file"),
    false,
  );
  assert.ok((await readFile(join(folder, "file"))).equals(body));
  return written;
}

describe("A written body's sums", () => {
  for (const [name, body] of Object.entries(INPUTS)) {
    it(`are the known ones of ${name}, however it is cut`, async (t) => {
      for (const step of [7, 65_536, 1_000_000]) {
        const written = await write(t, body, step);
        assert.equal(written.crc64, known(name).crc64);
        assert.equal(written.size, known(name).length);
        assert.deepEqual(written.md5, createHash("md5").update(body).digest());
      }
    });
  }
});

describe("A combined CRC64", () => {
  it("is the known one of two strings", () => {
    const runs = ["doc-object-part", "doc-object-content"].map((name) => ({
      crc64: known(name).crc64,
      size: known(name).length,
    }));
    assert.equal(combineCrc64(runs), known("concat").crc64);
  });

  it("is that of all bytes, whichever lengths follow each other", () => {
    for (let round = 0; round < 20; round++) {
      const sizes = Array.from({ length: 12 }, (_, at) =>
        at % 3 ? 1000 + round : Math.floor(at * round * 97),
      );
      const runs = sizes.map((size) => bytes(size));
      const combined = combineCrc64(runs.map((run) => ({ crc64: crc64(run), size: run.length })));
      assert.equal(combined, crc64(Buffer.concat(runs)));
    }
  });

  it("of nothing is 0", () => {
    assert.equal(combineCrc64([]), "0");
    assert.equal(combineCrc64([{ crc64: "0", size: 0 }]), "0");
  });
});
