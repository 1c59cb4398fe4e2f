import { once } from "node:events";
import type { Command } from "commander";
import { boolean, withDefault } from "../check/rules.ts";
import { type Emulator, type EmulatorOptions, startEmulator } from "../emulator/index.ts";
import { EMULATOR } from "../emulator/options.ts";
import { inFlags } from "./describe-failure.ts";
import { addFlags, type Flags, optionsOf } from "./flags.ts";
import type { Run } from "./run.ts";

const DEFAULT_PORT = 9000;

const FLAGS: Flags = {
  port: `TCP port; 0 takes a free one (default ${DEFAULT_PORT})`,
  host: { argument: "address", help: "address to listen on; 0.0.0.0 lets other machines connect" },
  directory: {
    argument: "path",
    help: "where objects are kept (default: a temporary one, removed at the end)",
  },
  consolePort: "TCP port of the console (default 0: a free one)",
  console: {
    rule: withDefault(boolean, true),
    help: "without the console, a page that shows what the emulator holds and does",
  },
  bucket: { argument: "bucket", help: "bucket" },
  region: { argument: "region", help: "region" },
  json: { rule: boolean, help: "print how to reach it as one JSON line" },
};

interface EmulatorFlags {
  readonly console: boolean;
  readonly json?: true;
}

/** `cos-upload emulator`: COS on this machine, until a signal ends it. */
export function addEmulatorCommand(program: Command, run: Run): void {
  const command = program.command("emulator").description("run a COS emulator on this machine, until Ctrl-C");
  addFlags(command, FLAGS, EMULATOR).action((flags: EmulatorFlags) => runEmulator(flags, run));
}

async function runEmulator(flags: EmulatorFlags, { output, signals }: Run): Promise<void> {
  const { signal } = signals;
  const { consolePort = 0, ...options }: EmulatorOptions = optionsOf(FLAGS, flags);
  const emulator = await startEmulator({
    port: DEFAULT_PORT,
    ...options,
    ...(flags.console && { consolePort }),
  }).catch(inOwnFlags);
  try {
    if (flags.json) {
      output.json({ ...emulator.target, ...(flags.console && { console: emulator.consoleUrl }) });
    } else output.print(howToUse(emulator));
    if (!signal.aborted) await once(signal, "abort");
  } finally {
    await emulator.close();
  }
}

/** Its flags have names that the upload's have, too. */
function inOwnFlags(error: unknown): never {
  if (error instanceof Error) error.message = inFlags(error.message, FLAGS);
  throw error;
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
