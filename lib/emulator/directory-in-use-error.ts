import { brand } from "../brand.ts";
/** Two emulators can't share a directory: `ERR_COS_EMULATOR_DIRECTORY_IN_USE`. */
export class EmulatorDirectoryInUseError extends Error {
  static {
    brand(EmulatorDirectoryInUseError, "EmulatorDirectoryInUseError");
  }

  override readonly name = "EmulatorDirectoryInUseError";
  readonly code = "ERR_COS_EMULATOR_DIRECTORY_IN_USE";
  readonly directory: string;
  /** The process that has it. */
  readonly pid: number;
  /** Where that process runs: a host's name. */
  readonly host: string;

  /** @param claim the file by which it is held */
  constructor(directory: string, holder: { readonly pid: number; readonly host: string }, claim: string) {
    const who =
      holder.pid === process.pid
        ? `another emulator of this process (${holder.pid})`
        : `an emulator in process ${holder.pid} on ${holder.host}`;
    super(
      `The directory ${directory} is in use by ${who}. Close that one, or give this one a directory of its own; ` +
        `if there is no such emulator any more, remove ${claim}.`,
    );
    this.directory = directory;
    this.pid = holder.pid;
    this.host = holder.host;
  }
}
