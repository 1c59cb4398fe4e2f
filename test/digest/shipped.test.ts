import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { KERNELS } from "../../lib/digest/kernels/compiled-kernels.ts";
import { type WasmModule, webAssembly } from "../../lib/digest/kernels/web-assembly.ts";

const SHIPPED = Buffer.from(KERNELS, "base64");

test("the kernels and the thread's program in the repository are what their sources give, byte for byte", async () => {
  const script = fileURLToPath(new URL("../../scripts/embed.js", import.meta.url));
  await promisify(execFile)(process.execPath, [script, "--check"]);
});

interface Descriptor {
  readonly kind: string;
  readonly name: string;
}

test("the kernels need nothing but a memory", () => {
  const { Module } = webAssembly();
  const { imports } = Module as unknown as { imports(module: WasmModule): Descriptor[] };
  const needed = imports(new Module(SHIPPED));
  assert.deepEqual(
    needed.map(({ kind, name }) => `${kind} ${name}`),
    ["memory memory"],
  );
});

test("the kernels are small enough to be read at each start", () => {
  assert.ok(SHIPPED.byteLength < 16 * 1024);
});
