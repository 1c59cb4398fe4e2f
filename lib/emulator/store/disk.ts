import { createHash, randomBytes } from "node:crypto";
import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { claimFolder } from "./claim-folder.ts";
import { DirectoryLock } from "./directory-lock.ts";
import { syncFolder } from "./sync-folder.ts";

/**
 * The directory's layout. `objects/` and `uploads/` hold one JSON file for each record, `data/` one folder for each, `temporary/`
 * whatever is being written, `locks/` who has it. Files are named by hashes and random text: no key can leave the directory, or
 * meet another one on a file system that folds case or cuts names.
 *
 * Everything comes to be by a rename, so that a process may be killed at any moment. In a directory that is to be kept, what a
 * rename shows is also on the disk before it, so that the power may fail: that costs a few milliseconds for each part and
 * object, which a temporary directory, never to be opened again, can do without.
 */
export class Disk {
  readonly directory: string;
  /** Whether it outlives the emulator, and is to outlive a power cut. */
  readonly kept: boolean;
  readonly #lock: DirectoryLock;

  private constructor(directory: string, kept: boolean, lock: DirectoryLock) {
    this.directory = directory;
    this.kept = kept;
    this.#lock = lock;
  }

  /** Opens a directory that nobody else has open, or makes a temporary one. */
  static async open(directory: string | undefined): Promise<Disk> {
    // The process may change its working directory later.
    const path = resolve(directory ?? (await mkdtemp(join(tmpdir(), "cos-emulator-"))));
    await claimFolder(path);
    const disk = new Disk(path, directory !== undefined, await DirectoryLock.acquire(path));
    try {
      await disk.#prepare();
      return disk;
    } catch (error) {
      await disk.close();
      throw error;
    }
  }

  path(...names: string[]): string {
    return join(this.directory, ...names);
  }

  /** A path nothing else uses, on the file system that a later rename stays on. */
  temporaryPath(): string {
    return this.path("temporary", randomBytes(12).toString("hex"));
  }

  /** Makes a new folder for data and returns its name. */
  async createFolder(): Promise<string> {
    const folder = randomBytes(16).toString("hex");
    await mkdir(this.path("data", folder));
    await this.#sync(this.path("data"));
    return folder;
  }

  /** Puts a written file in place, in one step. */
  async move(temporary: string, ...names: string[]): Promise<void> {
    const path = this.path(...names);
    await rename(temporary, path);
    await this.#sync(dirname(path));
  }

  async removeFolder(folder: string): Promise<void> {
    await rm(this.path("data", folder), { recursive: true, force: true });
  }

  /** Replaces a record in one step. */
  async writeRecord(kind: "objects" | "uploads", name: string, record: unknown): Promise<void> {
    const temporary = this.temporaryPath();
    await writeFile(temporary, JSON.stringify(record), { flush: this.kept });
    await this.move(temporary, kind, name);
  }

  async removeRecord(kind: "objects" | "uploads", name: string): Promise<void> {
    await rm(this.path(kind, name), { force: true });
    await this.#sync(this.path(kind));
  }

  async readRecords(kind: "objects" | "uploads"): Promise<unknown[]> {
    const records: unknown[] = [];
    for (const name of await readdir(this.path(kind))) {
      if (name.endsWith(".json")) records.push(JSON.parse(await readFile(this.path(kind, name), "utf8")));
    }
    return records;
  }

  /** Lets others have the directory, or removes it if it was a temporary one. */
  async close(): Promise<void> {
    if (this.kept) await this.#lock.release();
    else await rm(this.directory, { recursive: true, force: true, maxRetries: 3 });
  }

  async #prepare(): Promise<void> {
    await rm(this.path("temporary"), { recursive: true, force: true });
    for (const folder of ["objects", "uploads", "data", "temporary"]) {
      await mkdir(this.path(folder), { recursive: true });
    }
  }

  async #sync(folder: string): Promise<void> {
    if (this.kept) await syncFolder(folder);
  }
}

/** A record's file name: fixed in length, the same for the same identity. */
export function recordName(...identity: string[]): string {
  return `${createHash("sha256").update(JSON.stringify(identity)).digest("hex")}.json`;
}
