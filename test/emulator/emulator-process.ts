import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import type { TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import type { EmulatorOptions } from "../../lib/emulator/index.ts";
import type { Reachable } from "./support.ts";

/** An emulator in a process of its own, as users have it: from what `npm test` built. */
export interface EmulatorProcess extends Reachable {
  readonly pid: number;
  /** Ends the process as nothing can prepare for, and waits until it is gone. */
  kill(): Promise<void>;
}

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** Starts a process that starts an emulator; it is killed with the test. */
export async function startProcess(t: TestContext, options: EmulatorOptions): Promise<EmulatorProcess> {
  const script = `
    import { startEmulator } from "cos-upload-stream/emulator";
    const { url, target } = await startEmulator(${JSON.stringify(options)});
    console.log(JSON.stringify({ url, target }));`;
  const child = runModule(t, script);
  const [line] = await once(child.stdout!, "data");
  const gone = once(child, "exit");
  return {
    ...(JSON.parse(String(line)) as Reachable),
    pid: child.pid!,
    kill: async () => {
      child.kill("SIGKILL");
      await gone;
    },
  };
}

/** Runs an ES module in a process that sees the package under its name, and is killed with the test. */
export function runModule(t: TestContext, script: string): ChildProcess {
  const child = spawn(process.execPath, ["--input-type=module", "--eval", script], {
    cwd: ROOT,
    stdio: ["ignore", "pipe", "inherit"],
  });
  t.after(() => void child.kill("SIGKILL"));
  return child;
}
