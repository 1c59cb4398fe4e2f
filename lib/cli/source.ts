import {
  constants,
  createReadStream,
  fstatSync,
  open as openFile,
  readFileSync,
  type Stats,
  statSync,
} from "node:fs";
import { type FileHandle, open, stat } from "node:fs/promises";
import { Socket } from "node:net";
import { promisify } from "node:util";
import { MIB } from "../limits.ts";
import { delay } from "../timers.ts";
import { CommandError, usageError } from "./command-error.ts";

/** Where the bytes come from. */
export interface Source {
  /** Exact length in bytes, where it is known. */
  readonly size: number | undefined;
  /**
   * Begins to read; at most once.
   *
   * @param over Aborted when nobody wants the bytes any more.
   */
  read(over: AbortSignal): AsyncIterable<Uint8Array>;
  /** For a source that was not read. */
  close(): Promise<void>;
}

/** Opens what is to be uploaded: a path, or undefined for standard input. */
export async function openSource(path: string | undefined): Promise<Source> {
  // As a path, /dev/stdin cannot be opened when it is a socket, which is what many programs give their children.
  if (path === undefined || path === "/dev/stdin") return standardInput();
  if (path === "") throw usageError("the name of the file is empty: is a variable unset?");
  try {
    const found = await stat(path);
    if (found.isDirectory()) throw new CommandError(`${path} is a directory; give a file`);
    // Opening a fifo waits for somebody who writes, so it is put off until the upload is ready.
    if (found.isFIFO())
      return { size: undefined, read: (over) => readFifo(path, over), close: async () => {} };
    if (!found.isFile())
      return { size: undefined, read: () => createReadStream(path), close: async () => {} };
    return await regularFile(path);
  } catch (error) {
    if (error instanceof CommandError) throw error;
    throw new CommandError(describeFileError(path, error), undefined, error);
  }
}

/** Why a file cannot be read, in words. */
export function describeFileError(path: string, error: unknown): string {
  const { code, message } = Object(error) as NodeJS.ErrnoException;
  switch (code) {
    case "ENOENT":
      return `${path}: no such file`;
    case "EACCES":
    case "EPERM":
      return `${path}: permission denied`;
    case "EISDIR":
      return `${path} is a directory; give a file`;
    case "EAGAIN":
      return `${path} has nothing to read now, and does not wait for more: it is open as non-blocking; pipe it through cat`;
    default:
      return `${path} cannot be read: ${message}`;
  }
}

const STDIN = "standard input";

function standardInput(): Source {
  const found = fstatSync(0);
  if (found.isDirectory()) throw new CommandError(`${STDIN} is a directory; give a file`);
  const access = accessOf(0);
  if (access === "write") throw new CommandError(`${STDIN} is open for writing only, and cannot be read`);
  // Node opens /dev/null in the place of a descriptor that is closed, for reading and writing.
  if (access === "both" && found.isCharacterDevice() && found.rdev === statSync("/dev/null").rdev) {
    throw new CommandError(`${STDIN} is closed; name a file, or connect it to a pipe`);
  }
  // Node takes a disk for an input that has nothing.
  if (found.isBlockDevice()) {
    return { size: undefined, read: () => readDescriptor(0), close: async () => {} };
  }
  return { size: undefined, read: () => process.stdin, close: async () => void process.stdin.destroy() };
}

/** How a descriptor is open, where the system tells. */
function accessOf(descriptor: number): "read" | "write" | "both" | undefined {
  try {
    const [, flags] =
      /^flags:\s*(\d+)/m.exec(readFileSync(`/proc/self/fdinfo/${descriptor}`, "latin1")) ?? [];
    return (["read", "write", "both"] as const)[Number.parseInt(flags ?? "", 8) & 3];
  } catch {
    return undefined;
  }
}

async function* readDescriptor(fd: number): AsyncGenerator<Uint8Array> {
  try {
    yield* createReadStream("", { fd, autoClose: false, highWaterMark: MIB });
  } catch (error) {
    throw new CommandError(describeFileError(STDIN, error), undefined, error);
  }
}

async function regularFile(path: string): Promise<Source> {
  const file = await open(path);
  const before = await file.stat();
  return { size: before.size, read: () => readUnchanged(path, file, before), close: () => file.close() };
}

/** The upload checks the length; a file that was overwritten in place is found by its time of change. */
async function* readUnchanged(path: string, file: FileHandle, before: Stats): AsyncGenerator<Uint8Array> {
  try {
    yield* file.createReadStream({ autoClose: false, highWaterMark: MIB });
    const after = await file.stat();
    if (after.mtimeMs !== before.mtimeMs || after.size !== before.size) {
      throw new CommandError(`${path} changed while it was read; no object was made`);
    }
  } finally {
    await file.close();
  }
}

async function* readFifo(path: string, over: AbortSignal): AsyncGenerator<Uint8Array> {
  const opening = promisify(openFile)(path, "r");
  let opened = false;
  const release = async (): Promise<void> => {
    // Nothing ends an open() that waits for a writer, not even process.exit(): so for a moment we are that writer.
    while (!opened) {
      const writer = await open(path, constants.O_WRONLY | constants.O_NONBLOCK).catch(() => undefined);
      await writer?.close();
      await delay(20);
    }
  };
  over.addEventListener("abort", release, { once: true });
  try {
    const fd = await opening.finally(() => {
      opened = true;
    });
    // A socket waits in the event loop; a file stream would block a thread in read(), which holds up the exit as well.
    const stream = new Socket({ fd, readable: true, writable: false });
    const destroy = (): void => void stream.destroy();
    if (over.aborted) return destroy();
    over.addEventListener("abort", destroy, { once: true });
    yield* stream as AsyncIterable<Uint8Array>;
  } finally {
    over.removeEventListener("abort", release);
  }
}
