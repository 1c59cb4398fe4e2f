import { spawn } from "node:child_process";
import { exitOf } from "../stream/exit-of.ts";
import { clearTimeout, setTimeout } from "../timers.ts";
import type { Run } from "./run.ts";
import type { Source } from "./source.ts";

/** A command that is asked to end has so many milliseconds before it is killed. */
const TIME_TO_END = 10_000;

/** A command whose standard output is uploaded. */
export interface Producer extends Source {
  /** Resolves if it exits with 0. */
  exit(): Promise<void>;
  /** Ends it, if it still runs, and waits until it is gone. @returns Whether it had to be killed. */
  end(): Promise<boolean>;
}

/** The arguments of this process, and the command that stands behind `--`, if it is one. */
export function splitArguments(argv: readonly string[]): {
  readonly argv: readonly string[];
  readonly producer: readonly string[] | undefined;
} {
  const at = argv.indexOf("--");
  // Without a URL before it, what follows are names that begin with a hyphen.
  const isProducer = at >= 0 && argv.slice(2, at).some((argument) => argument.startsWith("cos://"));
  return isProducer
    ? { argv: argv.slice(0, at), producer: argv.slice(at + 1) }
    : { argv, producer: undefined };
}

/** Starts a command, without a shell. Signals that this process gets go to it as well. */
export function startProducer([file, ...args]: readonly [string, ...string[]], run: Run): Producer {
  const child = spawn(file, args, { stdio: ["inherit", "pipe", "inherit"] });
  // Asked at once: it keeps why a command could not be started.
  const exit = exitOf(child, { name: file });
  const exited = new Promise<void>((resolve) => {
    child.once("exit", () => resolve());
    // It could not be started, which `exit` tells.
    child.once("error", () => resolve());
  });
  const isRunning = (): boolean =>
    child.pid !== undefined && child.exitCode === null && child.signalCode === null;
  const passOn = (): void => void child.kill(run.signals.received);
  run.signals.signal.addEventListener("abort", passOn, { once: true });

  const end = async (): Promise<boolean> => {
    run.signals.signal.removeEventListener("abort", passOn);
    child.stdout.destroy();
    if (!isRunning()) return false;
    if (run.signals.received === undefined) child.kill("SIGTERM");
    let killed = false;
    const timer = setTimeout(() => {
      killed = child.kill("SIGKILL");
    }, TIME_TO_END);
    await exited;
    clearTimeout(timer);
    return killed;
  };
  return {
    size: undefined,
    read: () => child.stdout,
    close: async () => void (await end()),
    exit: () => exit,
    end,
  };
}
