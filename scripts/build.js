// Compiles lib/ to dist/ without a shell, so that it works on Windows too. Arguments go to the compiler.
import { execFileSync } from "node:child_process";
import { copyFileSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";

const KERNELS = "digest/kernels/kernels.wasm";

process.chdir(fileURLToPath(new URL("..", import.meta.url)));
rmSync("dist", { recursive: true, force: true });
run("assemblyscript/bin/asc.js", "--config", "lib/digest/kernels/asconfig.json");
run("typescript/bin/tsc", "-p", "tsconfig.build.json", ...process.argv.slice(2));
copyFileSync(`lib/${KERNELS}`, `dist/${KERNELS}`);

function run(script, ...args) {
  execFileSync(process.execPath, [`node_modules/${script}`, ...args], { stdio: "inherit" });
}
