import { AsyncResource } from "node:async_hooks";
import { onAbort } from "./abort.ts";
import { brand } from "./brand.ts";
import { closeResources } from "./client/resources.ts";
import { prepareUpload, type UploadSetup } from "./client/upload-setup.ts";
import { takeKernelWarning } from "./digest/kernels/load.ts";
import { CosAbortError, CosIntegrityError, CosUploadError, errorOf, throwUncaught } from "./errors.ts";
import type { PartReceipt, UploadEvents, UploadResult, UploadStats, UploadStreamListener } from "./events.ts";
import type { UploadStreamOptions } from "./options.ts";
import { ByteWritable, type WriteCallback } from "./stream/byte-writable.ts";
import { Deferred } from "./stream/deferred.ts";
import { IdleWatch } from "./stream/idle-watch.ts";
import { PartWriter } from "./stream/part-writer.ts";
import { watchSources } from "./stream/source-watch.ts";
import { nextTick } from "./timers.ts";
import { Upload } from "./upload/upload.ts";
import { destroyed, endedInCommit, sourceIdle, writeDestroyed } from "./upload/upload-errors.ts";

/** The methods of every emitter, with the events of an upload: {@link UploadStreamEvents}. */
export interface UploadStream {
  /** Calls the listener each time the event is emitted. */
  on<E extends string | symbol>(event: E, listener: UploadStreamListener<E>): this;
  /** Calls the listener the next time the event is emitted, and then removes it. */
  once<E extends string | symbol>(event: E, listener: UploadStreamListener<E>): this;
  /** Removes the listener. */
  off<E extends string | symbol>(event: E, listener: UploadStreamListener<E>): this;
  /** The same as {@link on}. */
  addListener<E extends string | symbol>(event: E, listener: UploadStreamListener<E>): this;
  /** The same as {@link off}. */
  removeListener<E extends string | symbol>(event: E, listener: UploadStreamListener<E>): this;
  /** Like {@link on}, but before the other listeners. */
  prependListener<E extends string | symbol>(event: E, listener: UploadStreamListener<E>): this;
}

/**
 * A Writable that uploads what is written to it, in parts. `createUploadStream` and `CosClient.createUploadStream` make one.
 *
 * - The write callback waits for part memory, and for nothing else. When it is called, the chunk belongs to the caller again.
 * - `finish` means that the object exists and is verified (with `complete: false`, that every part is).
 * - After an error, `destroy()` or an abort, requests are ended and the unfinished upload is removed; then `close` is emitted. A stream that
 *   did not end is never completed.
 *
 * @see https://intl.cloud.tencent.com/document/product/436/14112 (Multipart Upload)
 * @example
 * ```ts
 * import { UploadStream } from "cos-upload-stream";
 *
 * const upload = new UploadStream({ bucket: "examplebucket-1250000000", region: "ap-beijing", key: "report.txt" });
 * upload.on("progress", ({ confirmed }) => console.log(confirmed, "bytes are safe"));
 * upload.on("finish", () => console.log(upload.result?.crc64));
 * upload.end("hello");
 * ```
 */
// biome-ignore lint/suspicious/noUnsafeDeclarationMerging: the interface has only types of methods that the base class has
export class UploadStream extends ByteWritable {
  static {
    brand(UploadStream, "UploadStream");
  }

  readonly #options: UploadSetup;
  readonly #upload: Upload;
  readonly #writer: PartWriter;
  readonly #context = new AsyncResource("UploadStream");
  readonly #leaveClient: () => void;
  #stopListening = (): void => {};
  /** An error that the stream ends with although it was destroyed without one: `finished` and `pipeline` see it, listeners do not. */
  #silent: Error | undefined;
  readonly #done = new Deferred<UploadResult>();
  #isDoneTaken = false;

  /**
   * Checks the options. No request is sent before the first byte.
   *
   * @throws TypeError, RangeError `ERR_COS_INVALID_OPTION`; CosUploadError `ERR_COS_CLOSED` if the `client` is closed.
   */
  constructor(options: UploadStreamOptions) {
    const setup = prepareUpload(options);
    super({ highWaterMark: setup.highWaterMark });
    const { resources, idleTimeout, signal, client } = setup;
    this.#options = setup;
    this.#upload = new Upload(setup, {
      notify: (event, ...args) => this.#notify(event, ...args),
      failed: (error) => void this.destroy(errorOf(error)),
    });
    const idle = new IdleWatch(idleTimeout, () => this.destroy(sourceIdle(idleTimeout)));
    this.#writer = new PartWriter(this.#upload, {
      plan: setup.plan,
      firstPartNumber: setup.firstPartNumber,
      expectedSize: setup.expected.size,
      wholeMd5: setup.wholeMd5 || setup.expected.md5 !== undefined,
      memory: resources.memory.open(setup.memory),
      hasher: resources.hasher,
      idle,
    });
    if (idleTimeout > 0) idle.touch();
    watchSources(this, {
      onDeath: (error) => {
        if (!this.writableEnded) this.destroy(error);
      },
      onPartial: (error) => this.destroy(error),
    });
    this.#leaveClient = client?.adopt(this) ?? (() => {});
    if (signal !== undefined) {
      this.#stopListening = onAbort(signal, () => this.destroy(new CosAbortError(signal.reason)));
    }
    const warning = takeKernelWarning();
    if (warning !== undefined) nextTick(() => this.#notify("warning", warning));
  }

  /**
   * A promise of the result. It rejects with the error of the stream, or with `ERR_COS_DESTROYED` if the stream is destroyed without one. It is
   * never an unhandled rejection, and code that uses it needs no `error` listener.
   *
   * @example
   * ```ts
   * import { createUploadStream } from "cos-upload-stream";
   *
   * const upload = createUploadStream({ bucket: "examplebucket-1250000000", region: "ap-beijing", key: "hello.txt" });
   * upload.end("hello");
   * const { size, location } = await upload.done;
   * console.log(size, location);
   * ```
   */
  get done(): Promise<UploadResult> {
    if (!this.#isDoneTaken) this.on("error", () => {});
    this.#isDoneTaken = true;
    return this.#done.promise;
  }

  /** Id of the multipart upload, once it exists. */
  get uploadId(): string | undefined {
    return this.#upload.uploadId;
  }

  /** The parts that COS has confirmed so far, in ascending order. */
  get parts(): readonly PartReceipt[] {
    return this.#upload.receipts;
  }

  /** The result. It is set before `finish`. */
  get result(): UploadResult | undefined {
    return this.#upload.result;
  }

  /** What the upload holds and waits for at this moment. */
  stats(): UploadStats {
    const { received, partsDigesting, memoryHeld, isWaitingForMemory: waitingForMemory } = this.#writer;
    const { hashing } = this.#options.resources.hasher;
    return { ...this.#upload.stats, received, partsDigesting, memoryHeld, waitingForMemory, hashing };
  }

  /** Listeners run in the async context that the stream was made in, not in that of the socket that brought the news. */
  override emit(event: string | symbol, ...args: unknown[]): boolean {
    // The base class may emit while it is constructed.
    if (!(#context in this)) return super.emit(event, ...args);
    if (event === "error" && this.#silent !== undefined && args[0] === this.#silent) return true;
    return this.#context.runInAsyncScope(() => super.emit(event, ...args));
  }

  /** There is no `_writev`: readable-stream drops what is written while one runs, by a method of a chunk for example. */
  override _write(chunk: Uint8Array, _encoding: string, callback: WriteCallback): void {
    this.#writer.write(chunk, callback);
  }

  override _final(callback: WriteCallback): void {
    // A destroyed stream calls the callbacks of `end` by itself, with the reason; how a cut request ended is in `outcome`.
    this.#finish().then(
      (result) => {
        if (this.destroyed) return;
        // One moment decides: from here on the upload is done, the result is there, and `finish` comes.
        this.#upload.conclude(result);
        callback();
      },
      (error) => {
        if (!this.destroyed) callback(errorOf(error));
      },
    );
  }

  override destroy(error?: Error): this {
    return super.destroy(this.result === undefined ? error : undefined);
  }

  override _destroy(error: Error | null, callback: WriteCallback): void {
    this.#writer.abandon(error ?? writeDestroyed());
    this.#end(error).then(callback, (failure) => callback(errorOf(failure)));
  }

  /** What a listener throws is an uncaught exception of the program, and nothing for the upload to fail on. */
  #notify<E extends keyof UploadEvents>(event: E, ...args: UploadEvents[E]): void {
    try {
      this.emit(event, ...args);
    } catch (error) {
      throwUncaught(error);
    }
  }

  async #finish(): Promise<UploadResult> {
    return await this.#upload.finish(await this.#writer.end());
  }

  /** Leaves nothing running; the error to end with comes back with what was found out meanwhile. */
  async #end(error: Error | null): Promise<Error | null> {
    this.#stopListening();
    const { result } = this;
    if (result === undefined) await this.#upload.cancel();
    const outcome = result === undefined ? this.#upload.outcome : undefined;
    // A stream that is kept for its result, or its error, keeps no parts.
    this.#writer.discard();
    const { uploadId } = this;
    if (error instanceof CosUploadError && Object.isExtensible(error)) {
      if (uploadId !== undefined) error.uploadId ??= uploadId;
      if (outcome !== undefined) error.outcome = outcome;
    }
    // An object that is not right has its own error.
    if ((outcome === "completed" || outcome === "unknown") && !(error instanceof CosIntegrityError)) {
      this.#notify("warning", endedInCommit(outcome, this.#options.key, uploadId));
    }
    const reason = error ?? destroyed(uploadId, outcome);
    if (result !== undefined) this.#done.resolve(result);
    else this.#done.reject(reason);
    this.#leaveClient();
    // Not `close`, which would wait for a connection that is still being opened for a request given up meanwhile.
    if (this.#options.client === undefined) {
      await this.#options.connection.transport.destroy();
      await closeResources(this.#options.resources);
    }
    // Node takes a stream that was ended for one that finished, unless it has an error.
    if (error === null && this.writableEnded && result === undefined) this.#silent = reason;
    return this.#silent ?? error;
  }
}

/**
 * Creates a stream that uploads what is written to it.
 *
 * @example
 * ```ts
 * import { createReadStream } from "node:fs";
 * import { pipeline } from "node:stream/promises";
 * import { createUploadStream } from "cos-upload-stream";
 *
 * const upload = createUploadStream({ bucket: "examplebucket-1250000000", region: "ap-beijing", key: "big.tar" });
 * upload.on("part", ({ partNumber, etag }) => console.log(partNumber, etag));
 * await pipeline(createReadStream("big.tar"), upload);
 * console.log(upload.result?.location);
 * ```
 * @throws TypeError, RangeError `ERR_COS_INVALID_OPTION`.
 */
export function createUploadStream(options: UploadStreamOptions): UploadStream {
  return new UploadStream(options);
}
