import type { PartRecord } from "./records.ts";

/**
 * A part's file name holds all that is known of it: the rename that puts the file in place is the one step that makes the part
 * exist.
 */
export function namePart(part: Omit<PartRecord, "file">): PartRecord {
  const { partNumber, sequence, size, etag, crc64, lastModified } = part;
  return {
    ...part,
    file: [String(partNumber).padStart(5, "0"), sequence, size, etag, crc64, lastModified].join("-"),
  };
}

/** Reads {@link namePart}'s name back; undefined for any other file. */
export function parsePartName(file: string): PartRecord | undefined {
  const match = /^(\d{5})-([0-9a-z]{14})-(\d+)-([0-9a-f]{32})-(\d+)-(\d+)$/.exec(file);
  if (!match) return undefined;
  const [, partNumber, sequence, size, etag, crc64, lastModified] = match as unknown as string[];
  return {
    partNumber: Number(partNumber),
    sequence: sequence ?? "",
    size: Number(size),
    etag: etag ?? "",
    crc64: crc64 ?? "",
    lastModified: Number(lastModified),
    file,
  };
}
