import { createWriteStream, existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { Source } from "../measure/source.ts";

/** Files with a source's bytes that are read from memory, for clients that take no stream. */
export class CachedFiles {
  readonly #folder = mkdtempSync(
    join(existsSync("/dev/shm") ? "/dev/shm" : tmpdir(), "cos-upload-stream-bench-"),
  );
  readonly #paths = new Map<number, string>();

  /** Paths by size, in bytes. */
  async ofSizes(sizes: readonly number[]): Promise<Record<number, string>> {
    const paths: Record<number, string> = {};
    for (const size of sizes) paths[size] = this.#paths.get(size) ?? (await this.#create(size));
    return paths;
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #create(size: number): Promise<string> {
    const path = join(this.#folder, String(size));
    await pipeline(new Source({ size, chunkSize: 64 * 1024 }).read(), createWriteStream(path));
    this.#paths.set(size, path);
    return path;
  }
}
