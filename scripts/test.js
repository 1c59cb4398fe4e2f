// Runs tests: all of them, or the files that are named. What they need is built first, when it is older than its source.
//
//     npm test
//     npm run test:file -- test/parts/plan.test.ts test/upload/resume.test.ts
//     npm run test:file -- --test-name-pattern=resume test/upload/resume.test.ts
import { spawn, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { buildSync } from "esbuild";

process.chdir(fileURLToPath(new URL("..", import.meta.url)));

const flags = process.argv.slice(2).filter((word) => word.startsWith("-"));
const named = process.argv.slice(2).filter((word) => !word.startsWith("-"));
const files = named.length > 0 ? named : filesIn("test").filter((file) => file.endsWith(".test.ts"));

if (newestIn("lib") > changed("dist/index.js")) {
  const { status } = spawnSync(process.execPath, ["scripts/build.js"], { stdio: "inherit" });
  if (status !== 0) process.exit(1);
}

const folder = mkdtempSync(join(tmpdir(), "cos-upload-stream-"));
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
compileInto(folder);

const loader = new URL(`typescript.js?${new URLSearchParams({ folder })}`, import.meta.url);
const runner = [
  `--import=${loader}`,
  "--enable-source-maps",
  "--test",
  // Tests wait for half of their time.
  `--test-concurrency=${2 * availableParallelism()}`,
];
const child = spawn(process.execPath, [...runner, ...flags, ...files], { stdio: "inherit" });
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => child.kill(signal));
child.on("close", (code) => process.exit(code ?? 1));

/** All TypeScript, once: each of the many processes would need 0.3 s of CPU time for its own. */
function compileInto(folder) {
  const { outputFiles } = buildSync({
    entryPoints: ["lib", "test", "examples"].flatMap(filesIn).filter(isTypeScript),
    // As if it stood beside its source, where it is run.
    outdir: ".",
    outbase: ".",
    write: false,
    target: "node20.19",
    sourcemap: "inline",
    sourcesContent: false,
  });
  for (const { path, contents } of outputFiles) {
    const file = join(folder, relative(".", path));
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, contents);
  }
}

/** The kernels' source is another language. */
function isTypeScript(file) {
  return /\.c?ts$/.test(file) && !file.includes(join("kernels", "assembly"));
}

function filesIn(folder) {
  return readdirSync(folder, { recursive: true }).map((path) => join(folder, path));
}

/** Folders count: a file may have gone. */
function newestIn(folder) {
  return Math.max(...[folder, ...filesIn(folder), "package.json", "tsconfig.build.json"].map(changed));
}

function changed(path) {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}
