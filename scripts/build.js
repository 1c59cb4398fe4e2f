// Compiles lib/ to dist/ without a shell, so that it works on Windows too. Arguments go to the compiler.
import { spawnSync } from "node:child_process";
import { rmSync } from "node:fs";
import { fileURLToPath } from "node:url";

process.chdir(fileURLToPath(new URL("..", import.meta.url)));
rmSync("dist", { recursive: true, force: true });
run("scripts/embed.js");
run("node_modules/typescript/bin/tsc", "-p", "tsconfig.build.json", ...process.argv.slice(2));
run("scripts/entries.js");

function run(script, ...args) {
  const { status } = spawnSync(process.execPath, [script, ...args], { stdio: "inherit" });
  if (status !== 0) process.exit(1);
}
