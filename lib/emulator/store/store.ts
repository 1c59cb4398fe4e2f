import { rm } from "node:fs/promises";
import { Readable } from "node:stream";
import { nextTurn, wallTime } from "../../timers.ts";
import { fileAlreadyExists, noSuchUpload } from "../cos-error.ts";
import { type Disk, recordName } from "./disk.ts";
import { KeyedLock } from "./keyed-lock.ts";
import { namePart } from "./part-name.ts";
import { type ByteRange, readFiles } from "./read-files.ts";
import type { ObjectRecord, PartRecord, UploadHeader, UploadRecord } from "./records.ts";
import { type Recovered, recover } from "./recover.ts";
import { Sequence } from "./sequence.ts";

/** The folder, number of files and their sums that a Complete puts together. */
export type NewObject = Omit<ObjectRecord, "folder">;

/**
 * Objects and unfinished uploads: an index in memory over files on disk. Every change is one rename, made under the lock of its
 * key or its upload; a lock of an upload is taken before that of its key, never after.
 */
export class Store {
  readonly #disk: Disk;
  readonly #locks = new KeyedLock();
  readonly #sequence: Sequence;
  readonly #objects: Map<string, ObjectRecord>;
  readonly #uploads: Map<string, UploadRecord>;
  /** How many readers a folder has; what was deleted meanwhile is removed after the last. */
  readonly #readers = new Map<string, number>();
  readonly #doomed = new Set<string>();
  readonly #removals = new Set<Promise<void>>();

  private constructor(disk: Disk, { objects, uploads }: Recovered, clock: () => number) {
    this.#disk = disk;
    this.#sequence = new Sequence(clock);
    this.#objects = objects;
    this.#uploads = uploads;
    for (const upload of uploads.values()) {
      for (const part of upload.parts.values()) this.#sequence.seen(part.sequence);
    }
  }

  /** Reads what is on disk and removes what no record names. */
  static async open(disk: Disk, clock: () => number = wallTime): Promise<Store> {
    return new Store(disk, await recover(disk), clock);
  }

  get disk(): Disk {
    return this.#disk;
  }

  /** Marks the beginning of a part's upload. */
  nextSequence(): string {
    return this.#sequence.next();
  }

  objects(bucket: string): ObjectRecord[] {
    return [...this.#objects.values()].filter((object) => object.bucket === bucket);
  }

  allObjects(): ObjectRecord[] {
    return [...this.#objects.values()];
  }

  allUploads(): UploadRecord[] {
    return [...this.#uploads.values()];
  }

  object(bucket: string, key: string): ObjectRecord | undefined {
    return this.#objects.get(recordName(bucket, key));
  }

  /** @throws {CosError} 404 NoSuchUpload */
  upload(bucket: string, key: string, uploadId: string): UploadRecord {
    const upload = this.#uploads.get(recordName(bucket, key, uploadId));
    if (!upload) throw noSuchUpload();
    return upload;
  }

  /** Puts a file, already written to a temporary path, in place as an object. */
  async putObject(
    object: Omit<NewObject, "files">,
    temporary: string,
    forbidOverwrite: boolean,
  ): Promise<void> {
    const folder = await this.#disk.createFolder();
    try {
      await this.#disk.move(temporary, "data", folder, "object");
      const files = [{ name: "object", size: object.size }];
      await this.#commit({ ...object, files, folder }, forbidOverwrite);
    } catch (error) {
      await this.#disk.removeFolder(folder);
      throw error;
    }
  }

  async deleteObject(bucket: string, key: string): Promise<void> {
    const name = recordName(bucket, key);
    await this.#locks.run(name, async () => {
      const object = this.#objects.get(name);
      if (!object) return;
      await this.#disk.removeRecord("objects", name);
      this.#objects.delete(name);
      await this.#removeWhenUnread(object.folder);
    });
  }

  async createUpload(header: Omit<UploadHeader, "folder">): Promise<UploadRecord> {
    const name = recordName(header.bucket, header.key, header.uploadId);
    const folder = await this.#disk.createFolder();
    const kept: UploadHeader = { ...header, folder };
    await this.#disk.writeRecord("uploads", name, kept);
    const upload: UploadRecord = { ...kept, parts: new Map() };
    this.#uploads.set(name, upload);
    return upload;
  }

  /** Puts a written part in the place of one of its number that was begun earlier; a file that comes after a later one is removed. */
  async putPart(upload: UploadRecord, part: Omit<PartRecord, "file">, temporary: string): Promise<void> {
    await this.lockUpload(upload, async () => {
      const before = upload.parts.get(part.partNumber);
      if (before && before.sequence > part.sequence) return await rm(temporary, { force: true });
      const record = namePart(part);
      await this.#disk.move(temporary, "data", upload.folder, record.file);
      upload.parts.set(part.partNumber, record);
      if (before) await rm(this.#disk.path("data", upload.folder, before.file), { force: true });
    });
  }

  /** Does work that no other change of the upload may meet; whoever comes after its end gets NoSuchUpload. */
  async lockUpload<Result>(upload: UploadHeader, work: () => Promise<Result>): Promise<Result> {
    const name = recordName(upload.bucket, upload.key, upload.uploadId);
    return await this.#locks.run(name, async () => {
      if (!this.#uploads.has(name)) throw noSuchUpload();
      return await work();
    });
  }

  /** Makes the object of the upload's part files, without copying them; to be called under {@link lockUpload}. */
  async completeUpload(upload: UploadRecord, object: NewObject, forbidOverwrite: boolean): Promise<void> {
    const name = recordName(upload.bucket, upload.key, upload.uploadId);
    // The object's record makes it exist; an upload's record left behind by a crash is removed at the next start.
    await this.#commit({ ...object, folder: upload.folder }, forbidOverwrite, async () => {
      this.#uploads.delete(name);
      await this.#disk.removeRecord("uploads", name);
    });
    const used = new Set(object.files.map((file) => file.name));
    for (const part of upload.parts.values()) {
      if (!used.has(part.file)) await rm(this.#disk.path("data", upload.folder, part.file), { force: true });
    }
  }

  async abortUpload(upload: UploadRecord): Promise<void> {
    await this.lockUpload(upload, async () => {
      const name = recordName(upload.bucket, upload.key, upload.uploadId);
      await this.#disk.removeRecord("uploads", name);
      this.#uploads.delete(name);
      await this.#disk.removeFolder(upload.folder);
    });
  }

  /** Streams an object's bytes; they stay readable even if the object is deleted or replaced meanwhile. */
  read(object: ObjectRecord, range: ByteRange = { start: 0, end: object.size - 1 }): Readable {
    const { folder } = object;
    this.#readers.set(folder, (this.#readers.get(folder) ?? 0) + 1);
    const chunks = readFiles(object.files, (file) => this.#disk.path("data", folder, file.name), range);
    return Readable.from(chunks, { objectMode: false }).once("close", () => {
      const left = (this.#readers.get(folder) ?? 1) - 1;
      if (left > 0) this.#readers.set(folder, left);
      else this.#readers.delete(folder);
      if (left <= 0 && this.#doomed.delete(folder)) this.#removeLater(folder);
    });
  }

  /** Waits for what goes on without a request. */
  async settle(): Promise<void> {
    await Promise.all(this.#removals);
  }

  /** @param settle what is to be done before another change of the key may take the object away again */
  async #commit(object: ObjectRecord, forbidOverwrite: boolean, settle?: () => Promise<void>): Promise<void> {
    const name = recordName(object.bucket, object.key);
    await this.#locks.run(name, async () => {
      const before = this.#objects.get(name);
      if (before && forbidOverwrite) throw fileAlreadyExists();
      await this.#disk.writeRecord("objects", name, object);
      this.#objects.set(name, object);
      await settle?.();
      if (before) await this.#removeWhenUnread(before.folder);
    });
  }

  async #removeWhenUnread(folder: string): Promise<void> {
    // Whoever found the object just before it left the index opens it within this turn.
    await nextTurn();
    if (this.#readers.has(folder)) this.#doomed.add(folder);
    else await this.#disk.removeFolder(folder);
  }

  #removeLater(folder: string): void {
    const removal = this.#disk
      .removeFolder(folder)
      // The next start removes what this fails to.
      .catch(() => {})
      .finally(() => this.#removals.delete(removal));
    this.#removals.add(removal);
  }
}
