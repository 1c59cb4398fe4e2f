import { checkNames, describeValue } from "./check.ts";
import { createInlineDigester } from "./digest/inline-digester.ts";
import { invalidOption } from "./errors.ts";
import { MAX_PART_SIZE } from "./limits.ts";
import { unboundedSegments } from "./memory/segments.ts";
import { resolvePlan } from "./options/upload-options.ts";
import { PartAssembler } from "./parts/assembler.ts";
import type { Part } from "./parts/part.ts";
import type { WriteCallback } from "./stream/byte-writable.ts";
import { Transform } from "./stream/readable-stream.ts";
import { checkExpectedSize } from "./upload/whole.ts";

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
 * At most two parts are held: one that waits to be read, and one that is being filled.
 *
 * @example
 * ```ts
 * await pipeline(source, new PartTransform({ partSize: 8 * 1024 * 1024 }), async function (parts) {
 *   for await (const part of parts) receipts.push(await client.uploadPart({ key, uploadId, ...part }));
 * });
 * ```
 */
export class PartTransform extends Transform {
  readonly #assembler: PartAssembler;
  readonly #expectedSize: number | undefined;

  /** @throws TypeError, RangeError `ERR_COS_INVALID_OPTION`. */
  constructor(options: PartTransformOptions = {}) {
    if (typeof options !== "object" || options === null) {
      throw invalidOption(TypeError, "options", "expected an object", describeValue(options));
    }
    checkNames("a PartTransform", options, ["partSize", "maxParts", "expectedSize"]);
    const plan = resolvePlan(options, MAX_PART_SIZE);
    super({ readableObjectMode: true, readableHighWaterMark: 1 });
    this.#expectedSize = options.expectedSize;
    this.#assembler = new PartAssembler({
      plan,
      memory: unboundedSegments,
      createDigester: createInlineDigester,
      onPart: (part: Part) => void this.push(part),
    });
  }

  override _transform(chunk: Uint8Array, _encoding: string, callback: WriteCallback): void {
    this.#run(callback, () => {
      this.#assembler.write(chunk);
      const { taken } = this.#assembler;
      if (this.#expectedSize !== undefined && taken > this.#expectedSize) {
        checkExpectedSize(taken, this.#expectedSize, undefined);
      }
    });
  }

  override _flush(callback: WriteCallback): void {
    this.#run(callback, () => {
      checkExpectedSize(this.#assembler.taken, this.#expectedSize, undefined);
      this.#assembler.end();
    });
  }

  #run(callback: WriteCallback, step: () => void): void {
    try {
      step();
    } catch (error) {
      callback(error as Error);
      return;
    }
    callback();
  }
}
