import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import fc from "fast-check";
import { byPackage, crc64 } from "../../lib/digest/crc64.ts";
import { createInlineDigester, digestsOf } from "../../lib/digest/inline-digester.ts";
import { MIB, seededBytes } from "../support/bytes.ts";

const PART = "[Object Part]";
const CONTENT = "[Object Content]";

/** What the vectors are of; their file describes it in words. */
const INPUTS: Readonly<Record<string, Uint8Array>> = {
  empty: new Uint8Array(),
  check: Buffer.from("123456789"),
  a: Buffer.from("a"),
  "doc-object-part": Buffer.from(PART),
  "doc-object-content": Buffer.from(CONTENT),
  concat: Buffer.from(PART + CONTENT),
  "zeros-1024": new Uint8Array(1024),
  "ff-1024": new Uint8Array(1024).fill(0xff),
  "seq-256x4": Uint8Array.from({ length: 1024 }, (_, index) => index % 256),
  "zeros-1MiB": new Uint8Array(MIB),
};

const vectors: readonly { name: string; length: number; crc64: string }[] = JSON.parse(
  readFileSync(new URL("../fixtures/crc64-vectors.json", import.meta.url), "utf8"),
);

/** CRC-64/XZ bit by bit, as its definition has it. */
function slowCrc64(bytes: Uint8Array): string {
  const all = 0xffffffffffffffffn;
  let crc = all;
  for (const byte of bytes) {
    crc ^= BigInt(byte);
    for (let bit = 0; bit < 8; bit++) crc = (crc & 1n) === 0n ? crc >> 1n : (crc >> 1n) ^ 0xc96c5795d7870f42n;
  }
  return (crc ^ all).toString();
}

for (const vector of vectors) {
  test(`the CRC64 of the vector "${vector.name}" is right`, () => {
    const input = INPUTS[vector.name];
    assert.ok(input, "no input for this vector");
    assert.equal(input.byteLength, vector.length);
    assert.equal(crc64(input), vector.crc64);
  });
}

test("every input here has a vector", () => {
  assert.deepEqual(Object.keys(INPUTS).sort(), vectors.map(({ name }) => name).sort());
});

test("the CRC64 of any bytes is the one that the definition gives", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 600 }), (bytes) => {
      assert.equal(crc64(bytes), slowCrc64(bytes));
    }),
    { numRuns: 100 },
  );
});

test("a CRC64 can be gone on with from any point", () => {
  const bytes = seededBytes(3 * MIB);
  const whole = crc64(bytes);
  fc.assert(
    fc.property(fc.integer({ min: 0, max: bytes.byteLength }), (at) => {
      assert.equal(crc64(bytes.subarray(at), crc64(bytes.subarray(0, at))), whole);
    }),
    { numRuns: 20 },
  );
});

test("bytes longer than the heap of the CRC64 package are summed whole", () => {
  const bytes = seededBytes(17 * MIB + 5);
  let crc = "0";
  for (let at = 0; at < bytes.byteLength; at += 100_001) crc = crc64(bytes.subarray(at, at + 100_001), crc);
  assert.equal(crc64(bytes), crc);
  assert.notEqual(crc64(bytes.subarray(0, -1)), crc);
});

test("a view into the middle of a buffer is summed alone", () => {
  const around = Buffer.from(`xx${PART}yy`);
  const view = new Uint8Array(around.buffer, around.byteOffset + 2, PART.length);
  assert.equal(crc64(view), crc64(Buffer.from(PART)));
});

test("the kernel and the package it stands in for agree, from any point on", () => {
  const bytes = seededBytes(2 * MIB + 77, 5);
  const register = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map(String);
  const at = fc.integer({ min: 0, max: bytes.byteLength });
  const length = fc.oneof(
    fc.integer({ min: 0, max: 300 }),
    fc.integer({ min: 0, max: bytes.byteLength }),
    // Around what either takes at a time, and what the kernel takes the long way.
    fc.constantFrom(98_303, 98_304, 98_305, 262_143, 262_144, 262_145),
  );
  fc.assert(
    fc.property(register, at, length, (previous, from, size) => {
      const run = bytes.subarray(from, from + size);
      assert.equal(crc64(run, previous), byPackage(run, previous));
    }),
    { numRuns: 60 },
  );
});

test("the CRC64 of no bytes is the one before them", () => {
  for (const previous of ["0", "1", "18446744073709551615"]) {
    assert.equal(crc64(new Uint8Array(), previous), previous);
    assert.equal(byPackage(new Uint8Array(), previous), previous);
  }
});

test("bytes in memory that threads share are summed as others are", () => {
  const shared = new Uint8Array(new SharedArrayBuffer(300_000));
  shared.set(seededBytes(300_000, 8));
  assert.equal(crc64(shared), crc64(seededBytes(300_000, 8)));
  assert.equal(byPackage(shared, "0"), crc64(shared));
});

test("the inline digester gives the MD5 in base64 and the CRC64 at once, however the bytes come", () => {
  const bytes = seededBytes(300_000, 3);
  const pieces: Uint8Array[] = [];
  for (let at = 0; at < bytes.byteLength; at += 70_001) pieces.push(bytes.subarray(at, at + 70_001));
  const digester = createInlineDigester();
  for (const piece of pieces) digester.update(piece);
  const digests: unknown[] = [];
  digester.digest((told) => digests.push(told));
  const md5 = createHash("md5").update(bytes).digest("base64");
  assert.deepEqual(digests, [{ md5, crc64: crc64(bytes) }]);
  assert.deepEqual(digestsOf(pieces), digests[0]);
});
