import { CosServiceError, CosUploadError } from "../errors.ts";
import { CommandError, EXIT_FAILED, EXIT_USAGE } from "./command-error.ts";
import { type Flags, flagFor } from "./flags.ts";
import { UPLOAD_FLAGS } from "./upload-flags.ts";
import { ABORT_FLAGS } from "./uploads-command.ts";

const FLAGS: Flags = { ...UPLOAD_FLAGS, ...ABORT_FLAGS };

/** What the URL has is not a flag. */
const IN_URL = ["bucket", "key", "prefix"];

/** The command has no flag for keys, which would show in the list of processes. */
const NO_OPTION = 'No credentials: give the "credentials" option, or ';

/** One sentence for a failure: what, which code, which request. Never a stack. */
export function describeFailure(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error instanceof CosServiceError) {
    return error.requestId === undefined ? error.message : `${error.message} [request ${error.requestId}]`;
  }
  if (isInvalidOption(error)) return inFlags(error.message.replace(/^Invalid option /, ""));
  if (error instanceof CosUploadError) {
    const message = inFlags(error.message.replace(NO_OPTION, "no credentials: "));
    return `${message} [${error.code}]${causeOf(error)}`;
  }
  return error.message;
}

export function exitCodeOf(error: unknown): number {
  if (error instanceof CommandError) return error.exitCode;
  return isInvalidOption(error) ? EXIT_USAGE : EXIT_FAILED;
}

/** What machines may want to know of a failure; secrets are in none of it. */
export function failureFields(error: unknown): Record<string, unknown> {
  const fields: Record<string, unknown> = { message: describeFailure(error) };
  for (const name of ["code", "statusCode", "operation", "partNumber", "requestId", "uploadId", "outcome"]) {
    const value = Object(error)[name] as unknown;
    if (value !== undefined) fields[name] = value;
  }
  return fields;
}

function isInvalidOption(error: unknown): boolean {
  return Object(error).code === "ERR_COS_INVALID_OPTION";
}

/** The library's messages have the names of options; people who use the command know flags. What was given stays as it is. */
export function inFlags(message: string, flags: Flags = FLAGS): string {
  return message.replace(
    /(?<!the string )"([\w.-]+)"/g,
    (quoted, name: string) =>
      flagFor(name, flags) ?? (IN_URL.includes(name) ? `the ${name} in the URL` : quoted),
  );
}

/** Why, where the message itself only says that something went wrong. */
function causeOf({ code, cause }: CosUploadError): string {
  return code === "ERR_COS_CREDENTIALS" && cause instanceof Error ? `: ${cause.message}` : "";
}
