import { brand } from "../brand.ts";

/** Another emulator uses the directory: `ERR_COS_EMULATOR_DIRECTORY_IN_USE`. */
export class EmulatorDirectoryInUseError extends Error {
  static {
    brand(EmulatorDirectoryInUseError, "EmulatorDirectoryInUseError");
  }

  /** The name of the class. */
  override readonly name = "EmulatorDirectoryInUseError";
  /** Always the same. */
  readonly code = "ERR_COS_EMULATOR_DIRECTORY_IN_USE";
  /** The directory. */
  readonly directory: string;
  /** Id of the process that uses it. */
  readonly pid: number;
  /** Name of the machine on which that process runs. */
  readonly host: string;

  /** @param claim The file that says which process uses the directory. */
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
