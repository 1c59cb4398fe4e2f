import { brand } from "./brand.ts";
import { readOptions } from "./check/table.ts";
import { createInlineDigester } from "./digest/inline-digester.ts";
import { errorOf } from "./errors.ts";
import { MAX_PART_SIZE } from "./limits.ts";
import { unboundedSegments } from "./memory/segments.ts";
import { resolvePlan } from "./options/size-options.ts";
import { PLAN } from "./options/tables.ts";
import { PartAssembler } from "./parts/assembler.ts";
import type { Part } from "./parts/part.ts";
import type { WriteCallback } from "./stream/byte-writable.ts";
import { Transform } from "./stream/readable-stream.ts";
import { nextTick, queueMicrotask } from "./timers.ts";
import { checkExpectedSize } from "./upload/stream-summary.ts";
import { writeDestroyed } from "./upload/upload-errors.ts";

/** Options of {@link PartTransform}. Sizes are bytes. */
export interface PartTransformOptions {
  /** Size of the first part: 1 MiB to 5 GiB. Default 8 MiB. Later parts grow when the length is unknown. */
  readonly partSize?: number | undefined;
  /** The plan never exceeds it: 1 to 10,000. Default 10,000. */
  readonly maxParts?: number | undefined;
  /** Exact length of the stream. Chooses the plan; any other length is an error. */
  readonly expectedSize?: number | undefined;
}

/**
 * A Transform: bytes in, {@link Part} objects out, cut and digested as an upload stream does it, with no network. A part's
 * bytes are the receiver's. An empty stream has no parts.
 *
 * At most two parts are held: the one that was read last, while it is used, and one that waits to be read or is being
 * filled. A chunk of many parts is held back by the write callback until all of it is taken.
 *
 * @example
 * ```ts
 * import { createReadStream } from "node:fs";
 * import { pipeline } from "node:stream/promises";
 * import { type Part, PartTransform } from "cos-upload-stream";
 *
 * await pipeline(createReadStream("big.tar"), new PartTransform(), async (parts: AsyncIterable<Part>) => {
 *   for await (const { partNumber, offset, size, md5 } of parts) console.log(partNumber, offset, size, md5);
 * });
 * ```
 */
export class PartTransform extends Transform {
  static {
    brand(PartTransform, "PartTransform");
  }

  readonly #assembler: PartAssembler;
  readonly #expectedSize: number | undefined;
  /** Whether a part waits to be read; no other is begun meanwhile, in the middle of a chunk either. */
  #full = false;
  /** Takes the rest of a chunk; with an error, its callback is called instead. */
  #goOn: ((error?: Error) => void) | undefined;

  /** @throws TypeError, RangeError `ERR_COS_INVALID_OPTION`. */
  constructor(given: PartTransformOptions = {}) {
    const options = readOptions("a PartTransform", given, PLAN);
    const plan = resolvePlan(options, MAX_PART_SIZE);
    super({ readableObjectMode: true, readableHighWaterMark: 1 });
    this.#expectedSize = options.expectedSize;
    this.#assembler = new PartAssembler({
      plan,
      memory: { acquire: (size) => (this.#full ? undefined : unboundedSegments.acquire(size)) },
      createDigester: createInlineDigester,
      onPart: (part: Part) => {
        this.#full = true;
        // A listener is called by it, which must not be in the middle of a write.
        queueMicrotask(() => this.#give(part));
      },
    });
  }

  override _transform(chunk: Uint8Array, _encoding: string, callback: WriteCallback): void {
    this.#take(chunk, 0, callback);
  }

  override _read(size: number): void {
    this.#makeRoom();
    // It may have taken the rest of the chunk, whose callback waits for a read as well.
    super._read(size);
  }

  override _flush(callback: WriteCallback): void {
    try {
      checkExpectedSize(this.#assembler.taken, this.#expectedSize, undefined);
    } catch (error) {
      callback(errorOf(error));
      return;
    }
    // After the last part, which is given in a microtask.
    this.#assembler.end(() => queueMicrotask(callback));
  }

  override _destroy(error: Error | null, callback: WriteCallback): void {
    // Writes call back once each, those that wait for a read too.
    this.#goOn?.(error ?? writeDestroyed());
    super._read(0);
    super._destroy(error, callback);
  }

  #give(part: Part): void {
    if (this.destroyed) return;
    let hasRoom = true;
    try {
      hasRoom = this.push(part);
    } finally {
      if (hasRoom) this.#makeRoom();
    }
  }

  #makeRoom(): void {
    const goOn = this.#goOn;
    this.#full = false;
    this.#goOn = undefined;
    goOn?.();
  }

  #take(chunk: Uint8Array, from: number, callback: WriteCallback): void {
    this.#run(callback, () => {
      const size = this.#assembler.taken + chunk.byteLength - from;
      if (this.#expectedSize !== undefined && size > this.#expectedSize) {
        checkExpectedSize(size, this.#expectedSize, undefined);
      }
      const end = this.#assembler.write(chunk, from);
      if (end === chunk.byteLength) return true;
      this.#goOn = (error) => (error ? nextTick(callback, error) : this.#take(chunk, end, callback));
      return false;
    });
  }

  /** Calls back unless the step says that it is not over. */
  #run(callback: WriteCallback, step: () => boolean): void {
    try {
      if (!step()) return;
    } catch (error) {
      callback(errorOf(error));
      return;
    }
    callback();
  }
}
