import { createHash, randomBytes } from "node:crypto";
import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { invalidOption } from "../invalid-option.ts";

/** Marks a directory as an emulator's own: what it doesn't know in there, it removes. */
const MARKER = "cos-emulator.json";

/**
 * The directory's layout. `objects/` and `uploads/` hold one JSON file for each record, `data/` one folder for each, `temporary/`
 * whatever is being written. Files are named by hashes and random text: no key can leave the directory, or meet another one on a
 * file system that folds case or cuts names.
 */
export class Disk {
  readonly directory: string;
  readonly #temporary: boolean;

  private constructor(directory: string, temporary: boolean) {
    this.directory = directory;
    this.#temporary = temporary;
  }

  /** Opens a directory, or makes a temporary one. */
  static async open(directory: string | undefined): Promise<Disk> {
    const disk = new Disk(
      directory ?? (await mkdtemp(join(tmpdir(), "cos-emulator-"))),
      directory === undefined,
    );
    await mkdir(disk.directory, { recursive: true });
    const names = await readdir(disk.directory);
    if (names.length > 0 && !names.includes(MARKER)) {
      throw invalidOption(
        "range",
        "directory",
        "must be empty, or one that an emulator used before",
        directory,
      );
    }
    if (names.length === 0) await writeFile(join(disk.directory, MARKER), '{"version":1}\n');
    await rm(disk.path("temporary"), { recursive: true, force: true });
    for (const folder of ["objects", "uploads", "data", "temporary"]) {
      await mkdir(disk.path(folder), { recursive: true });
    }
    return disk;
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
    return folder;
  }

  async removeFolder(folder: string): Promise<void> {
    await rm(this.path("data", folder), { recursive: true, force: true });
  }

  /** Replaces a record in one step. */
  async writeRecord(kind: "objects" | "uploads", name: string, record: unknown): Promise<void> {
    const temporary = this.temporaryPath();
    await writeFile(temporary, JSON.stringify(record));
    await rename(temporary, this.path(kind, name));
  }

  async removeRecord(kind: "objects" | "uploads", name: string): Promise<void> {
    await rm(this.path(kind, name), { force: true });
  }

  async readRecords(kind: "objects" | "uploads"): Promise<unknown[]> {
    const records: unknown[] = [];
    for (const name of await readdir(this.path(kind))) {
      if (name.endsWith(".json")) records.push(JSON.parse(await readFile(this.path(kind, name), "utf8")));
    }
    return records;
  }

  /** Removes the directory if it was a temporary one. */
  async close(): Promise<void> {
    if (this.#temporary) await rm(this.directory, { recursive: true, force: true, maxRetries: 3 });
  }
}

/** A record's file name: fixed in length, the same for the same identity. */
export function recordName(...identity: string[]): string {
  return `${createHash("sha256").update(identity.join("\0")).digest("hex")}.json`;
}
