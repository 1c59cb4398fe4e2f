// Compiles what has to travel inside JavaScript, so that no bundler leaves it behind, and writes it as TypeScript: the hash kernels
// (AssemblyScript) as base64, and the program of the hash thread, with all that it imports, as a string.
// With --check nothing is written; it fails when a file is not what its source gives.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { buildSync } from "esbuild";

process.chdir(fileURLToPath(new URL("..", import.meta.url)));

embed("lib/digest/kernels/compiled-kernels.ts", {
  name: "KERNELS",
  origin: "WebAssembly in base64, from lib/digest/kernels/assembly",
  value: compileKernels(),
});
embed("lib/digest/hash-thread-source.ts", {
  name: "HASH_THREAD",
  origin: "JavaScript, from lib/digest/hash-thread-main.ts",
  value: bundleThread(),
});

function embed(file, { name, origin, value }) {
  const content = `/** ${origin}; made by \`npm run build:embedded\`. */
export const ${name}: string =
  ${JSON.stringify(value)};
`;
  if (content === readFileSync(file, "utf8")) return;
  if (!process.argv.includes("--check")) writeFileSync(file, content);
  else throw new Error(`${file} is not what its source gives: run \`npm run build:embedded\``);
}

function compileKernels() {
  const folder = mkdtempSync(join(tmpdir(), "kernels-"));
  try {
    const outFile = join(folder, "kernels.wasm");
    const options = ["--config", "lib/digest/kernels/asconfig.json", "--outFile", outFile];
    execFileSync(process.execPath, ["node_modules/assemblyscript/bin/asc.js", ...options], {
      stdio: "inherit",
    });
    return readFileSync(outFile).toString("base64");
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function bundleThread() {
  const { outputFiles } = buildSync({
    entryPoints: ["lib/digest/hash-thread-main.ts"],
    bundle: true,
    minify: true,
    write: false,
    format: "iife",
    platform: "node",
    target: "node20.19",
  });
  return outputFiles[0].text.trim();
}
