import type { Command } from "commander";
import type { ConnectionOptions } from "../options.ts";
import { usageError } from "./command-error.ts";
import { addFlags, argumentsOf, type Flags, optionsOf } from "./flags.ts";

/** The flags about reaching a bucket. */
export const CONNECTION_FLAGS: Flags = {
  // The parser would ask for a required option of the upload's in all other commands too.
  region: { argument: "region", help: "region of the bucket, such as ap-beijing; required" },
  endpoint: {
    argument: "origin",
    help: "origin to connect to, such as http://127.0.0.1:9000 for the emulator",
  },
  accelerate: "use the global-acceleration host",
  internal: "use the internal host",
  autoSwitchHost: "never turn to tencentcos.cn, the bucket's other domain",
  "retry.maxAttempts": { as: "max-attempts", help: "attempts per request, the first included" },
};

/** Their values. */
export type ConnectionFlags = Pick<ConnectionOptions, "region">;

export function addConnectionFlags(command: Command): Command {
  return addFlags(command, CONNECTION_FLAGS);
}

/** Where the bucket is, as the flags have it. */
export type BucketConnection = ConnectionOptions & { readonly bucket: string; readonly region: string };

export function connectionOptions(bucket: string, flags: ConnectionFlags): BucketConnection {
  const { region } = flags;
  if (region === undefined) throw usageError("--region is missing: the bucket's region, such as ap-beijing");
  return { ...optionsOf(CONNECTION_FLAGS, flags), bucket, region };
}

/** The flags as arguments again, for a command that reaches the same bucket. */
export function connectionArguments(flags: ConnectionFlags): string[] {
  return argumentsOf(CONNECTION_FLAGS, flags);
}
