import { type Command, InvalidArgumentError } from "commander";
import type { ConnectionOptions } from "../options.ts";
import { usageError } from "./command-error.ts";

/** The flags about reaching a bucket. */
export interface ConnectionFlags {
  readonly region?: string;
  readonly endpoint?: string;
  readonly accelerate?: true;
  readonly internal?: true;
  readonly autoSwitchHost?: boolean;
  readonly maxAttempts?: number;
}

export function addConnectionFlags(command: Command): Command {
  return (
    command
      // The parser would ask for a required option of the upload's in all other commands too.
      .option("--region <region>", "region of the bucket, such as ap-beijing; required")
      .option("--endpoint <origin>", "origin to connect to, such as http://127.0.0.1:9000 for the emulator")
      .option("--accelerate", "use the global-acceleration host")
      .option("--internal", "use the internal host")
      .option("--no-auto-switch-host", "never turn to tencentcos.cn, the bucket's other domain")
      .option("--max-attempts <number>", "attempts per request, the first included (default 5)", parseInteger)
  );
}

/** Where the bucket is, as the flags have it. */
export type BucketConnection = ConnectionOptions & { readonly bucket: string; readonly region: string };

export function connectionOptions(bucket: string, flags: ConnectionFlags): BucketConnection {
  const { region, endpoint, accelerate, internal, autoSwitchHost, maxAttempts } = flags;
  if (region === undefined) throw usageError("--region is missing: the bucket's region, such as ap-beijing");
  return { bucket, region, endpoint, accelerate, internal, autoSwitchHost, retry: { maxAttempts } };
}

/** The flags as arguments again, for a command that reaches the same bucket. */
export function connectionArguments(flags: ConnectionFlags): string[] {
  const { region, endpoint, accelerate, internal, autoSwitchHost } = flags;
  return [
    ...(region === undefined ? [] : ["--region", region]),
    ...(endpoint === undefined ? [] : ["--endpoint", endpoint]),
    ...(accelerate ? ["--accelerate"] : []),
    ...(internal ? ["--internal"] : []),
    ...(autoSwitchHost === false ? ["--no-auto-switch-host"] : []),
  ];
}

/** Digits only: what else `Number` takes, such as `1e3` or nothing at all, is a slip here. */
export function parseInteger(text: string): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(value)) return value;
  throw new InvalidArgumentError("Expected a whole number.");
}
