import { createReadStream } from "node:fs";
import type { StoredFile } from "./records.ts";

/** A range of bytes. As in HTTP, both ends belong to it. */
export interface ByteRange {
  /** The first byte, from 0. */
  readonly start: number;
  /** The last byte. */
  readonly end: number;
}

/** Bytes read at a time. */
const READ_BYTES = 256 * 1024;

/** Yields a range of files laid end to end; one of them is open at a time. */
export async function* readFiles(
  files: readonly StoredFile[],
  pathOf: (file: StoredFile) => string,
  range: ByteRange,
): AsyncGenerator<Buffer> {
  let offset = 0;
  for (const file of files) {
    const start = Math.max(range.start - offset, 0);
    const end = Math.min(range.end - offset, file.size - 1);
    offset += file.size;
    if (start > end) continue;
    yield* createReadStream(pathOf(file), { start, end, highWaterMark: READ_BYTES });
  }
}
