import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { type WasmModule, webAssembly } from "../../lib/digest/kernels/web-assembly.ts";

const ROOT = new URL("../../", import.meta.url);
const COMMITTED = new URL("lib/digest/kernels/kernels.wasm", ROOT);
const BUILT = new URL("dist/digest/kernels/kernels.wasm", ROOT);

/** What `npm run build:kernels` makes of the source, in a file of the test's own. */
async function compiledSource(t: TestContext): Promise<Buffer> {
  const folder = await mkdtemp(join(tmpdir(), "kernels-"));
  t.after(() => rm(folder, { recursive: true }));
  const outFile = join(folder, "kernels.wasm");
  const compiler = fileURLToPath(new URL("node_modules/assemblyscript/bin/asc.js", ROOT));
  const config = fileURLToPath(new URL("lib/digest/kernels/asconfig.json", ROOT));
  await promisify(execFile)(process.execPath, [compiler, "--config", config, "--outFile", outFile], {
    cwd: fileURLToPath(ROOT),
  });
  return await readFile(outFile);
}

test("the kernels in the repository and in the package are what their source gives, byte for byte", async (t) => {
  const compiled = await compiledSource(t);
  assert.ok(compiled.equals(await readFile(COMMITTED)), "run `npm run build:kernels`");
  if (existsSync(BUILT)) assert.ok(compiled.equals(await readFile(BUILT)), "run `npm run build`");
});

interface Descriptor {
  readonly kind: string;
  readonly name: string;
}

test("the kernels need nothing but a memory", async () => {
  const { Module } = webAssembly();
  const { imports } = Module as unknown as { imports(module: WasmModule): Descriptor[] };
  const needed = imports(new Module(await readFile(COMMITTED)));
  assert.deepEqual(
    needed.map(({ kind, name }) => `${kind} ${name}`),
    ["memory memory"],
  );
});

test("the kernels are small enough to be read at each start", async () => {
  assert.ok((await readFile(COMMITTED)).byteLength < 16 * 1024);
});
