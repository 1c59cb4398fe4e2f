import { createHash, type Hash } from "node:crypto";
import { type FileHandle, open, rm } from "node:fs/promises";
import { crc64 } from "crc64-ecma182.js";

/** The file that was written, and its digests. */
export interface WrittenBody {
  readonly size: number;
  readonly md5: Buffer;
  readonly crc64: string;
}

/** Most bytes that are collected before they are digested and written, so that tiny chunks need few calls. */
const RUN_BYTES = 256 * 1024;

/**
 * Writes chunks to a new file, and computes MD5 and CRC64. Their owner can reuse the chunks in the next turn of the event loop. A file that
 * could not be finished is removed.
 *
 * @param flush whether the bytes must be on the disk itself at the end
 * @param length how many bytes will come, if that is known
 */
export async function writeBody(
  chunks: AsyncIterable<Uint8Array>,
  path: string,
  flush: boolean,
  length: number = RUN_BYTES,
): Promise<WrittenBody> {
  const writer = new BodyWriter(await open(path, "wx"), Math.min(Math.max(length, 1), RUN_BYTES));
  try {
    for await (const chunk of chunks) await writer.write(chunk);
    return await writer.finish(flush);
  } catch (error) {
    // This error is reported, not the one of closing the broken file.
    await writer.close().catch(() => {});
    await rm(path, { force: true });
    throw error;
  }
}

class BodyWriter {
  readonly #file: FileHandle;
  readonly #md5: Hash = createHash("md5");
  readonly #run: Buffer;
  #crc64 = "0";
  #filled = 0;
  #size = 0;

  constructor(file: FileHandle, runBytes: number) {
    this.#file = file;
    this.#run = Buffer.allocUnsafeSlow(runBytes);
  }

  async write(chunk: Uint8Array): Promise<void> {
    for (let offset = 0; offset < chunk.length; ) {
      const length = Math.min(chunk.length - offset, this.#run.length - this.#filled);
      this.#run.set(chunk.subarray(offset, offset + length), this.#filled);
      this.#filled += length;
      offset += length;
      if (this.#filled === this.#run.length) await this.#writeRun();
    }
  }

  async finish(flush: boolean): Promise<WrittenBody> {
    await this.#writeRun();
    if (flush) await this.#file.sync();
    await this.close();
    return { size: this.#size, md5: this.#md5.digest(), crc64: this.#crc64 };
  }

  async close(): Promise<void> {
    await this.#file.close();
  }

  async #writeRun(): Promise<void> {
    if (this.#filled === 0) return;
    const run = this.#run.subarray(0, this.#filled);
    this.#md5.update(run);
    this.#crc64 = crc64(run, this.#crc64);
    for (let written = 0; written < run.length; ) {
      written += (await this.#file.write(run, written, run.length - written)).bytesWritten;
    }
    this.#size += run.length;
    this.#filled = 0;
  }
}
