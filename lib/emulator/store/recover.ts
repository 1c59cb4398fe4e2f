import { readdir, rm } from "node:fs/promises";
import { type Disk, recordName } from "./disk.ts";
import { parsePartName } from "./part-name.ts";
import type { ObjectRecord, PartRecord, UploadHeader, UploadRecord } from "./records.ts";

/** Objects and unfinished uploads by the names of their records. */
export interface Recovered {
  readonly objects: Map<string, ObjectRecord>;
  readonly uploads: Map<string, UploadRecord>;
}

/** Reads what is on disk, and removes what a crash left: files that no record names. */
export async function recover(disk: Disk): Promise<Recovered> {
  const objects = new Map<string, ObjectRecord>();
  const uploads = new Map<string, UploadRecord>();
  const used = new Set<string>();
  for (const object of (await disk.readRecords("objects")) as ObjectRecord[]) {
    objects.set(recordName(object.bucket, object.key), object);
    used.add(object.folder);
    await removeOthers(disk, object);
  }
  for (const header of (await disk.readRecords("uploads")) as UploadHeader[]) {
    const name = recordName(header.bucket, header.key, header.uploadId);
    // It was completed: the folder is the object's by now.
    if (used.has(header.folder)) await disk.removeRecord("uploads", name);
    else uploads.set(name, { ...header, parts: await recoverParts(disk, header.folder) });
  }
  for (const { folder } of uploads.values()) used.add(folder);
  for (const folder of await readdir(disk.path("data"))) {
    if (!used.has(folder)) await disk.removeFolder(folder);
  }
  return { objects, uploads };
}

/** Parts that a Complete did not list go after it has committed. */
async function removeOthers(disk: Disk, { folder, files }: ObjectRecord): Promise<void> {
  const listed = new Set(files.map(({ name }) => name));
  for (const name of await readdir(disk.path("data", folder))) {
    if (!listed.has(name)) await rm(disk.path("data", folder, name), { force: true });
  }
}

/** Of two files of one part, the one that began later counts. */
async function recoverParts(disk: Disk, folder: string): Promise<Map<number, PartRecord>> {
  const parts = new Map<number, PartRecord>();
  for (const file of (await readdir(disk.path("data", folder))).sort()) {
    const part = parsePartName(file);
    if (!part) continue;
    const older = parts.get(part.partNumber);
    parts.set(part.partNumber, part);
    if (older) await rm(disk.path("data", folder, older.file), { force: true });
  }
  return parts;
}
