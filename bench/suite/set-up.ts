import { execFileSync } from "node:child_process";
import { existsSync, rmSync, statSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { buildSync } from "esbuild";
import { BENCH, BUILT, COMPARE, ROOT } from "./paths.ts";

/** Builds the package as users get it, installs its peers when they are missing or old, and builds what is measured. */
export function setUp(): void {
  run("npm", ["run", "--silent", "build"], ROOT);
  if (!isInstalled()) run("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund"], COMPARE);
  rmSync(BUILT, { recursive: true, force: true });
  run(process.execPath, [join(ROOT, "node_modules/typescript/bin/tsc"), "-p", BENCH], ROOT);
  // Peers are found from the built files too; this package is found by its own name.
  symlinkSync(join(COMPARE, "node_modules"), join(BUILT, "node_modules"), "dir");
  bundle();
}

/** This package with all that it needs in one file, as its users bundle it. */
function bundle(): void {
  const file = (name: string): string => join(BUILT, "clients", name);
  buildSync({
    entryPoints: [file("cos-upload-stream.js")],
    outfile: file("cos-upload-stream-bundle.js"),
    bundle: true,
    minify: true,
    format: "esm",
    platform: "node",
    banner: {
      js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
    },
  });
}

function isInstalled(): boolean {
  const installed = join(COMPARE, "node_modules/.package-lock.json");
  return (
    existsSync(installed) &&
    statSync(installed).mtimeMs >= statSync(join(COMPARE, "package-lock.json")).mtimeMs
  );
}

function run(command: string, args: readonly string[], cwd: string): void {
  execFileSync(command, args, { cwd, stdio: "inherit" });
}
