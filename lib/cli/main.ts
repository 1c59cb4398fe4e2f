#!/usr/bin/env node
import { CommanderError } from "commander";
import { EXIT_USAGE } from "./command-error.ts";
import { describeFailure, exitCodeOf, failureFields } from "./describe-failure.ts";
import { ExitOnSignal, exitCodeOfSignal } from "./exit-on-signal.ts";
import { Output } from "./output.ts";
import { splitArguments } from "./producer.ts";
import { createProgram } from "./program.ts";
import type { Run } from "./run.ts";

async function main(): Promise<void> {
  const { argv, producer } = splitArguments(process.argv);
  const run: Run = { output: new Output(), signals: new ExitOnSignal(), producer, exitCode: 0 };
  try {
    await createProgram(run).parseAsync(argv);
  } catch (error) {
    fail(run, error);
  }
  await run.output.flush();
  // A source that cannot be interrupted must not keep the process: everything else is closed by now.
  process.exit(run.exitCode);
}

/** Tells what ended the command; an upload that was begun has told its own failure. */
function fail(run: Run, error: unknown): void {
  const { output, signals } = run;
  if (error instanceof CommanderError) {
    // The parser has written its message, or the help or version that was asked for.
    run.exitCode = error.exitCode === 0 ? 0 : EXIT_USAGE;
    return;
  }
  const { received } = signals;
  run.exitCode = received === undefined ? exitCodeOf(error) : exitCodeOfSignal(received);
  if (process.argv.includes("--json")) {
    output.json({ event: "error", ...failureFields(error), exitCode: run.exitCode });
  }
  output.tell(received === undefined ? describeFailure(error) : `ended by ${received}`);
}

void main();
