import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

/** The flags with which this process runs TypeScript, for processes that run it too. */
export const TYPESCRIPT: readonly string[] = process.execArgv.filter((flag) => !flag.startsWith("--test"));

/** What a process of its own came to. */
export interface ScriptResult {
  readonly code: number | null;
  readonly output: string;
  readonly errors: string;
}

/**
 * Runs a script (ES module, top-level await) in a process of its own; For
 * what can only be seen from outside: exits, uncaught exceptions. It imports the package by its name, from what `npm test` built.
 *
 * @param milliseconds After them the process is ended, and its code is null.
 * @param env Beside the environment of this process.
 */
export async function runScript(
  script: string,
  milliseconds = 60_000,
  env: Readonly<Record<string, string>> = {},
): Promise<ScriptResult> {
  const child = spawn(process.execPath, ["--input-type=module", "--eval", script], {
    cwd: fileURLToPath(new URL("../../", import.meta.url)),
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, ...env },
    timeout: milliseconds,
  });
  let output = "";
  let errors = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    output += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    errors += text;
  });
  const code = await new Promise<number | null>((resolve) => child.on("close", resolve));
  return { code, output, errors };
}

/**
 * The beginning of a script in which modules of the package find something else in the place of a dependency.
 *
 * @param name The dependency's, or how the path of its file begins.
 * @param url Of a module, which need not exist.
 * @param folder That of the modules which find it.
 */
export function redirected(name: string, url: string, folder = "/dist/"): string {
  const resolve = `(specifier, context, next) =>
    specifier.startsWith(${JSON.stringify(name)}) && context.parentURL?.includes(${JSON.stringify(folder)})
      ? { url: ${JSON.stringify(url)}, format: "module", shortCircuit: true }
      : next(specifier, context)`;
  const hooks = `data:text/javascript,${encodeURIComponent(`export const resolve = ${resolve};`)}`;
  return `
    const { register, registerHooks } = await import("node:module");
    if (registerHooks) registerHooks({ resolve: ${resolve} });
    else register(${JSON.stringify(hooks)});
  `;
}
