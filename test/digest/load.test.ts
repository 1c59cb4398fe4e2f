import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { KERNELS } from "../../lib/digest/kernels/compiled-kernels.ts";
import { KernelMemory } from "../../lib/digest/kernels/kernel-memory.ts";
import { compileKernels, loadKernels } from "../../lib/digest/kernels/load.ts";
import { webAssembly } from "../../lib/digest/kernels/web-assembly.ts";
import { seededBytes } from "../support/bytes.ts";

const SHIPPED = Buffer.from(KERNELS, "base64");

/** What `WebAssembly.validate` says: that the engine would compile it. */
function compiles(binary: Uint8Array): boolean {
  try {
    new (webAssembly().Module)(binary);
    return true;
  } catch {
    return false;
  }
}

/** Replaces something of `WebAssembly` for a test. */
function replace(t: TestContext, name: "Memory" | "Module" | "Instance", by: unknown): void {
  const api = webAssembly() as unknown as Record<string, unknown>;
  const before = api[name];
  t.after(() => {
    api[name] = before;
  });
  api[name] = by;
}

test("the shipped kernels are used", () => {
  assert.ok(compileKernels(SHIPPED));
  assert.ok(loadKernels());
  assert.equal(loadKernels(), loadKernels());
});

test("what is no WebAssembly, or not all of it, is no kernels", () => {
  assert.throws(() => compileKernels(new Uint8Array()), undefined);
  assert.throws(() => compileKernels(seededBytes(SHIPPED.byteLength)));
  // An empty module: it compiles.
  const empty = SHIPPED.subarray(0, 8);
  assert.ok(compiles(empty));
  assert.throws(() => compileKernels(empty));
  for (let length = 0; length < SHIPPED.byteLength; length += 97) {
    assert.throws(() => compileKernels(SHIPPED.subarray(0, length)), `${length} bytes`);
  }
});

/** All places where the bytes are. */
function places(bytes: Uint8Array): number[] {
  const found: number[] = [];
  for (let at = SHIPPED.indexOf(bytes); at >= 0; at = SHIPPED.indexOf(bytes, at + 1)) found.push(at);
  return found;
}

/** The 64 additive constants of MD5 (RFC 1321, 3.4). */
const MD5_CONSTANTS = Array.from({ length: 64 }, (_, i) => Math.floor(2 ** 32 * Math.abs(Math.sin(i + 1))));

/** A constant of a vector: four times the same word. */
function asVector(word: number): Buffer {
  const lane = Buffer.alloc(4);
  lane.writeUInt32LE(word);
  return Buffer.concat([lane, lane, lane, lane]);
}

/** A constant as the operand of `i32.const`: signed LEB128. */
function asOperand(word: number): Buffer {
  const bytes: number[] = [];
  for (let rest = word | 0; ; ) {
    const low = rest & 0x7f;
    rest >>= 7;
    if ((rest === 0 && (low & 0x40) === 0) || (rest === -1 && (low & 0x40) !== 0)) {
      return Buffer.from([...bytes, low]);
    }
    bytes.push(low | 0x80);
  }
}

function assertFlipsAreRefused(at: number, length: number): void {
  for (let bit = 0; bit < length * 8; bit++) {
    const flipped = Buffer.from(SHIPPED);
    flipped[at + (bit >> 3)]! ^= 1 << (bit & 7);
    if ((bit & 7) < 6) assert.ok(compiles(flipped), `bit ${bit} at ${at}`);
    assert.throws(() => compileKernels(flipped), `bit ${bit} at ${at}`);
  }
}

test("kernels with one bit of a constant changed compile, and are refused", () => {
  const vectors = MD5_CONSTANTS.map((word) => places(asVector(word)));
  assert.ok(vectors.every(({ length }) => length === 1));
  // Of each constant another lane.
  for (const [index, [at]] of vectors.entries()) {
    if (index % 8 === 0) assertFlipsAreRefused(at! + (index % 3) * 4, 1);
  }
  // The compiler subtracts what is negative.
  const operands = MD5_CONSTANTS.map((word) => [...places(asOperand(word)), ...places(asOperand(-word))]);
  assert.ok(operands.every(({ length }) => length === 1));
  for (const [index, [at]] of operands.entries()) if (index % 8 === 0) assertFlipsAreRefused(at!, 1);
});

test("without shared memory there are no kernels", (t) => {
  const { Memory } = webAssembly();
  replace(t, "Memory", function NoSharedMemory(descriptor: { shared?: boolean }) {
    if (descriptor.shared) throw new TypeError("shared memory is not enabled");
    return new Memory(descriptor as never);
  });
  assert.throws(() => compileKernels(SHIPPED));
});

test("memory that says it is shared and is not is not used", (t) => {
  const { Memory } = webAssembly();
  replace(t, "Memory", function Unshared({ initial, maximum }: { initial: number; maximum: number }) {
    return new Memory({ initial, maximum } as never);
  });
  assert.throws(() => compileKernels(SHIPPED));
});

test("where modules are refused there are no kernels", (t) => {
  replace(t, "Module", function NoSimd() {
    throw new TypeError("WebAssembly.Module(): invalid SIMD opcode");
  });
  assert.throws(() => compileKernels(SHIPPED));
});

test("without WebAssembly there are no kernels", (t) => {
  const all = globalThis as { WebAssembly?: unknown };
  const before = all.WebAssembly;
  t.after(() => {
    all.WebAssembly = before;
  });
  delete all.WebAssembly;
  assert.throws(() => compileKernels(SHIPPED));
});

test("a memory has room for what it is asked for", () => {
  const { module } = loadKernels()!;
  for (const size of [0, 1, 65_536, 1_000_001]) {
    const { data, memory } = new KernelMemory(module, size);
    assert.equal(data.byteLength, size);
    assert.ok(data.buffer === memory.buffer && memory.buffer instanceof SharedArrayBuffer);
  }
});
