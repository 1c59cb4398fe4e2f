import type { ChildProcess } from "node:child_process";
import { describeValue } from "../check/describe.ts";
import { invalidOption } from "../check/invalid-option.ts";
import { string } from "../check/rules.ts";
import { readOptions, type Table } from "../check/table.ts";
import { CosProcessError } from "../errors.ts";

/** Options of {@link exitOf}. */
export interface ExitOfOptions {
  /** What the error calls the process. Default: the file that was started, such as `pg_dump`. */
  readonly name?: string | undefined;
}

const OPTIONS: Table<ExitOfOptions> = { name: string() };

/** What `spawn` returns, as far as it is used here. */
type Child = Pick<ChildProcess, "exitCode" | "signalCode" | "pid" | "spawnfile" | "stdout"> &
  Pick<ChildProcess, "once" | "removeListener">;

/**
 * Waits for the end of a process, and rejects if it failed.
 *
 * A process that dies closes its standard output in the same way as one that has finished: a stream that reads it ends normally, but has only
 * a part of the bytes. With `exitOf` as `beforeComplete`, the output of a process that failed never becomes an object.
 *
 * It can be called at any time, also after the exit. The promise never causes an unhandled rejection.
 *
 * @param child What `spawn` returned.
 * @returns Resolves once the process has exited with code 0 and its standard output is closed.
 * @throws CosProcessError `ERR_COS_PROCESS` (as a rejection): the process exited with another code, was ended by a signal,
 * or could not be started.
 * @throws TypeError `ERR_COS_INVALID_OPTION`: `child` is not a child process.
 *
 * @example
 * ```ts
 * import { spawn } from "node:child_process";
 * import { pipeline } from "node:stream/promises";
 * import { createUploadStream, exitOf } from "cos-upload-stream";
 *
 * const tar = spawn("tar", ["-c", "photos"], { stdio: ["ignore", "pipe", "inherit"] });
 * const upload = createUploadStream({
 *   bucket: "examplebucket-1250000000",
 *   region: "ap-beijing",
 *   key: "photos.tar",
 *   beforeComplete: () => exitOf(tar),
 * });
 * await pipeline(tar.stdout, upload);
 * ```
 */
export function exitOf(child: ChildProcess, options: ExitOfOptions = {}): Promise<void> {
  if (!isChild(child)) {
    const rule = "expected a child process, as spawn() of node:child_process returns it";
    throw invalidOption(TypeError, "child", rule, describeValue(child));
  }
  const name = readOptions("exitOf", options, OPTIONS).name ?? child.spawnfile ?? "the process";
  const end = Promise.all([exit(child, name), closed(child.stdout)]).then(() => {});
  // Called before the end is near, it may reject while nobody waits for it yet.
  end.catch(() => {});
  return end;
}

async function exit(child: Child, name: string): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) {
    await new Promise<void>((resolve, reject) => {
      const onError = (error: Error): void => {
        // Of a process that runs, it says that a signal or a message could not be sent.
        if (child.pid === undefined) reject(notStarted(name, error));
      };
      child.once("error", onError);
      child.once("exit", () => {
        child.removeListener("error", onError);
        resolve();
      });
    });
  }
  if (child.pid === undefined) throw notStarted(name);
  const { exitCode, signalCode: signal } = child;
  if (exitCode === 0 && signal === null) return;
  const how = signal === null ? `exited with code ${exitCode}` : `was ended by ${signal}`;
  throw new CosProcessError(
    `The command ${JSON.stringify(name)} ${how}: its output may not be whole, so it is not completed; its standard error says more`,
    { command: name, exitCode: exitCode ?? undefined, signal: signal ?? undefined },
  );
}

/** The process may have exited while what it wrote is still to be read. */
async function closed(stdout: Child["stdout"]): Promise<void> {
  if (stdout === null || stdout === undefined || stdout.closed || stdout.destroyed) return;
  await new Promise<void>((resolve) => stdout.once("close", () => resolve()));
}

function notStarted(name: string, cause?: Error): CosProcessError {
  const reason = cause === undefined ? "" : `: ${cause.message}`;
  return new CosProcessError(
    `The command ${JSON.stringify(name)} could not be started${reason}; is it installed, and on the PATH?`,
    { command: name, ...(cause !== undefined && { cause }) },
  );
}

function isChild(value: unknown): value is Child {
  if (typeof value !== "object" || value === null) return false;
  const { once, exitCode, signalCode } = value as Partial<Child>;
  return typeof once === "function" && exitCode !== undefined && signalCode !== undefined;
}
