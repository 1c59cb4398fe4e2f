import type { ExitOnSignal } from "./exit-on-signal.ts";
import type { Output } from "./output.ts";

/** One run of the command. */
export interface Run {
  readonly output: Output;
  readonly signals: ExitOnSignal;
  /** The command behind `--`, whose standard output is uploaded. */
  readonly producer: readonly string[] | undefined;
  /** What the process will end with. */
  exitCode: number;
}
