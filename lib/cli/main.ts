#!/usr/bin/env node
import { Command, CommanderError } from "commander";
import { VERSION } from "../version.ts";
import { EXIT_USAGE } from "./command-error.ts";
import { describeFailure, exitCodeOf, failureFields } from "./describe-failure.ts";
import { addEmulatorCommand } from "./emulator-command.ts";
import { ExitOnSignal, exitCodeOfSignal } from "./exit-on-signal.ts";
import { Output } from "./output.ts";
import type { Run } from "./run.ts";
import { addUploadCommand } from "./upload-command.ts";
import { addUploadsCommand } from "./uploads-command.ts";

const EPILOGUE = `
Sizes are bytes, or such as 8MiB, 16m, 1.5GiB (MB and GB are powers of 1000).
Credentials: TENCENTCLOUD_SECRET_ID and TENCENTCLOUD_SECRET_KEY (and TENCENTCLOUD_TOKEN), or the credentials
file of Tencent Cloud's tools, or the role of the cloud server or of the TKE pod.
A program that feeds standard input and dies looks like one that is done: --expect-size tells them apart.

Exit codes: 0 the object is there and verified, 1 failed, 2 bad usage, 130 SIGINT, 143 SIGTERM.
`;

function createProgram(run: Run): Command {
  const program = new Command("cos-upload")
    .description(
      "Upload a file or standard input into Tencent Cloud Object Storage (COS), in verified parts.",
    )
    .version(VERSION)
    .helpCommand(false)
    // Flags belong to the word before them: "uploads list --json" is not the upload's --json.
    .enablePositionalOptions()
    .exitOverride()
    .configureOutput({ outputError: (text) => run.output.tell(text.trimEnd().replace(/^error: /, "")) })
    .addHelpText("after", EPILOGUE);
  addUploadCommand(program, run);
  addUploadsCommand(program, run);
  addEmulatorCommand(program, run);
  return program;
}

async function main(): Promise<void> {
  const run: Run = { output: new Output(), signals: new ExitOnSignal(), exitCode: 0 };
  try {
    await createProgram(run).parseAsync();
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
