import { once } from "node:events";
import { type Command, InvalidArgumentError } from "commander";
import { type Emulator, startEmulator } from "../emulator/index.ts";
import { parseInteger } from "./connection-flags.ts";
import type { Run } from "./run.ts";

const DEFAULT_PORT = 9000;

interface EmulatorFlags {
  readonly port: number;
  readonly host?: string;
  readonly console: boolean;
  readonly consolePort?: number;
  readonly directory?: string;
  readonly bucket?: string;
  readonly region?: string;
  readonly json?: true;
}

/** `cos-upload emulator`: COS on this machine, until a signal ends it. */
export function addEmulatorCommand(program: Command, run: Run): void {
  program
    .command("emulator")
    .description("run a COS emulator on this machine, until Ctrl-C")
    .option("--port <number>", "TCP port; 0 takes a free one", portArgument, DEFAULT_PORT)
    .option("--host <address>", "address to listen on (default 127.0.0.1: this machine only)")
    .option("--directory <path>", "where objects are kept (default: a temporary one, removed at the end)")
    .option("--console-port <number>", "TCP port of the console (default 0: a free one)", portArgument)
    .option("--no-console", "without the console, a page that shows what the emulator holds and does")
    .option("--bucket <bucket>", "bucket, such as examplebucket-1250000000")
    .option("--region <region>", "region, such as ap-guangzhou")
    .option("--json", "print how to reach it as one JSON line")
    .action((flags: EmulatorFlags) => runEmulator(flags, run));
}

async function runEmulator(flags: EmulatorFlags, { output, signals }: Run): Promise<void> {
  const { signal } = signals;
  const { json, console, consolePort = 0, ...options } = flags;
  const emulator = await startEmulator({ ...options, ...(console && { consolePort }) });
  try {
    if (json) output.json({ ...emulator.target, ...(console && { console: emulator.consoleUrl }) });
    else output.print(howToUse(emulator));
    if (!signal.aborted) await once(signal, "abort");
  } finally {
    await emulator.close();
  }
}

function howToUse({ target, consoleUrl }: Emulator): string {
  const { endpoint, bucket, region, credentials } = target;
  return [
    ...(consoleUrl === undefined ? [] : [`Console, for this machine only: ${consoleUrl}`]),
    `COS emulator at ${endpoint}; Ctrl-C ends it. To upload to it:`,
    "",
    `  export TENCENTCLOUD_SECRET_ID=${credentials.secretId}`,
    `  export TENCENTCLOUD_SECRET_KEY=${credentials.secretKey}`,
    `  cos-upload FILE cos://${bucket}/FILE --region ${region} --endpoint ${endpoint}`,
  ].join("\n");
}

function portArgument(text: string): number {
  const port = parseInteger(text);
  if (port <= 65_535) return port;
  throw new InvalidArgumentError("Expected a port from 0 to 65535.");
}
