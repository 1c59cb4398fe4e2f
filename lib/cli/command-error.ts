/** Bad usage: nothing was tried. */
export const EXIT_USAGE = 2;
/** It was tried and failed. */
export const EXIT_FAILED = 1;

/** A failure that is told in one sentence, and the exit code it leads to. */
export class CommandError extends Error {
  readonly exitCode: number;

  constructor(message: string, exitCode: number = EXIT_FAILED, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = "CommandError";
    this.exitCode = exitCode;
  }
}

export function usageError(message: string): CommandError {
  return new CommandError(message, EXIT_USAGE);
}
