import { setTimeout as sleep } from "node:timers/promises";
import { pathToFileURL } from "node:url";

/** A program to run in this process, and the folder to run it in. */
export interface Program {
  readonly file: string;
  readonly cwd: string;
}

/** How it ended. */
export interface Ending {
  readonly stdout: string;
  /** Its stack, if it threw. */
  readonly error?: string;
  /** What would have kept a process of its own from ending. */
  readonly left: readonly string[];
}

/** Milliseconds in which what a program has closed must be gone. */
const PATIENCE = 2_000;

/** Runs one program after another: each would need half a second to start a process of its own. */
process.on("message", (program: Program) => void run(program).then((ending) => process.send!(ending)));

async function run({ file, cwd }: Program): Promise<Ending> {
  let stdout = "";
  const write = process.stdout.write;
  process.stdout.write = (text: string | Uint8Array): boolean => {
    stdout += text;
    return true;
  };
  process.chdir(cwd);
  try {
    await import(pathToFileURL(file).href);
    const end = Date.now() + PATIENCE;
    while (active().length > 0 && Date.now() < end) await sleep(5);
    return { stdout, left: active() };
  } catch (error) {
    return { stdout, error: String((error as Error).stack), left: [] };
  } finally {
    process.stdout.write = write;
  }
}

/** What keeps this process alive, beside the channel to its parent. */
function active(): string[] {
  return process.getActiveResourcesInfo().filter((kind) => kind !== "PipeWrap");
}
