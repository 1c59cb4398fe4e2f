import { brand } from "./brand.ts";
import { readOptions } from "./check/table.ts";
import { PackageHasher } from "./digest/inline-digester.ts";
import { errorOf } from "./errors.ts";
import { MAX_PART_SIZE } from "./limits.ts";
import { UnboundedMemory } from "./memory/part-memory.ts";
import { resolvePlan } from "./options/size-options.ts";
import { PLAN } from "./options/tables.ts";
import type { Part } from "./parts/part.ts";
import type { PartSink } from "./parts/part-sink.ts";
import type { WriteCallback } from "./stream/byte-writable.ts";
import { PartWriter } from "./stream/part-writer.ts";
import { Transform } from "./stream/readable-stream.ts";
import { queueMicrotask } from "./timers.ts";
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

  readonly #memory = new UnboundedMemory();
  readonly #writer: PartWriter;

  /** @throws TypeError, RangeError `ERR_COS_INVALID_OPTION`. */
  constructor(given: PartTransformOptions = {}) {
    const options = readOptions("a PartTransform", given, PLAN);
    const plan = resolvePlan(options, MAX_PART_SIZE);
    super({ readableObjectMode: true, readableHighWaterMark: 1 });
    const sink: PartSink = {
      concurrency: 1,
      hasCapacity: true,
      begin: () => {},
      mayBeSinglePut: () => false,
      add: (part) => {
        // No other part is begun while one waits to be read, in the middle of a chunk either.
        this.#memory.close();
        queueMicrotask(() => this.#give(part));
      },
      received: () => {},
    };
    const { expectedSize } = options;
    this.#writer = new PartWriter(sink, {
      plan,
      expectedSize,
      memory: this.#memory,
      hasher: new PackageHasher(),
    });
  }

  override _transform(chunk: Uint8Array, _encoding: string, callback: WriteCallback): void {
    this.#writer.write(chunk, callback);
  }

  override _read(size: number): void {
    this.#memory.open();
    // The rest of the chunk may have been taken; then its callback waits for this call.
    super._read(size);
  }

  override _flush(callback: WriteCallback): void {
    this.#writer.end().then(
      () => callback(),
      (error) => callback(errorOf(error)),
    );
  }

  override _destroy(error: Error | null, callback: WriteCallback): void {
    this.#writer.abandon(error ?? writeDestroyed());
    this.#writer.discard();
    // The callback of a chunk that was taken waits for a read, which does not come any more.
    super._read(0);
    super._destroy(error, callback);
  }

  /** Listeners of `data` are called by `push`: never in the middle of a write. */
  #give(part: Part): void {
    if (this.destroyed) return;
    let isRead = true;
    try {
      isRead = this.push(part);
    } finally {
      if (isRead) this.#memory.open();
      else this.#memory.close();
    }
  }
}
