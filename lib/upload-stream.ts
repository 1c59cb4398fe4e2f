import { AsyncResource } from "node:async_hooks";
import { createHash, type Hash } from "node:crypto";
import { onAbort } from "./abort.ts";
import { brand } from "./brand.ts";
import { closeResources } from "./client/resources.ts";
import { prepareUpload, type UploadSetup } from "./client/upload-setup.ts";
import { LANES } from "./digest/kernels/kernels.ts";
import { takeKernelWarning } from "./digest/kernels/load.ts";
import { CosAbortError, CosIntegrityError, CosUploadError, errorOf } from "./errors.ts";
import type { PartReceipt, UploadEvents, UploadResult, UploadStats, UploadStreamListener } from "./events.ts";
import type { StreamMemory } from "./memory/stream-memory.ts";
import type { UploadStreamOptions } from "./options.ts";
import { PartAssembler } from "./parts/assembler.ts";
import { ByteWritable, type WriteCallback } from "./stream/byte-writable.ts";
import { Deferred } from "./stream/deferred.ts";
import { IdleWatch } from "./stream/idle-watch.ts";
import { Intake } from "./stream/intake.ts";
import { watchSources } from "./stream/source-watch.ts";
import { surface } from "./stream/surface.ts";
import { nextTick } from "./timers.ts";
import { checkExpectedSize } from "./upload/stream-summary.ts";
import { Upload, type UploadListener } from "./upload/upload.ts";
import { destroyed, endedInCommit, sourceIdle, writeDestroyed } from "./upload/upload-errors.ts";

/** Listeners with the arguments of the upload's own events, beside those of every Writable. */
export interface UploadStream {
  on<E extends string | symbol>(event: E, listener: UploadStreamListener<E>): this;
  once<E extends string | symbol>(event: E, listener: UploadStreamListener<E>): this;
  off<E extends string | symbol>(event: E, listener: UploadStreamListener<E>): this;
  addListener<E extends string | symbol>(event: E, listener: UploadStreamListener<E>): this;
  removeListener<E extends string | symbol>(event: E, listener: UploadStreamListener<E>): this;
  prependListener<E extends string | symbol>(event: E, listener: UploadStreamListener<E>): this;
}

/**
 * A Writable that puts what is written to it into COS, in parts.
 *
 * - The write callback waits for part memory and nothing else; a chunk is the caller's again when it is called.
 * - `finish` means that the object exists and was verified (with `complete: false`, that every part was).
 * - On error, `destroy` and abort everything is ended and cleaned up before `close`; a stream that did not end is never completed.
 *
 * @see https://intl.cloud.tencent.com/document/product/436/14112 (Multipart Upload)
 */
// biome-ignore lint/suspicious/noUnsafeDeclarationMerging: the interface has only types of methods that the base class has
export class UploadStream extends ByteWritable {
  static {
    brand(UploadStream, "UploadStream");
  }

  readonly #options: UploadSetup;
  readonly #upload: Upload;
  readonly #memory: StreamMemory;
  readonly #assembler: PartAssembler;
  readonly #md5OfWhole: Hash | undefined;
  readonly #idle: IdleWatch;
  readonly #intake: Intake;
  readonly #context = new AsyncResource("UploadStream");
  #stopListening = (): void => {};
  readonly #leaveClient: () => void;
  /** Once it is there, `finish` comes, or came, and nothing fails any more. */
  #result: UploadResult | undefined;
  /** An error that the stream ends with although it was destroyed without one: `finished` and `pipeline` see it, listeners do not. */
  #silent: Error | undefined;
  readonly #done = new Deferred<UploadResult>();
  #isDoneTaken = false;

  /** @throws TypeError, RangeError `ERR_COS_INVALID_OPTION`. */
  constructor(options: UploadStreamOptions) {
    const resolved = prepareUpload(options);
    super({ highWaterMark: resolved.highWaterMark });
    this.#options = resolved;
    this.#md5OfWhole =
      resolved.wholeMd5 || resolved.expected.md5 !== undefined ? createHash("md5") : undefined;
    this.#upload = new Upload(resolved, this.#listener());
    this.#memory = resolved.resources.memory.open(resolved.memory);
    this.#assembler = this.#createAssembler();
    this.#idle = new IdleWatch(resolved.idleTimeout, () => this.destroy(sourceIdle(resolved.idleTimeout)));
    this.#intake = new Intake({
      assembler: this.#assembler,
      memory: this.#memory,
      idle: this.#idle,
      open: resolved.resume && (async () => this.#assembler.recut(await this.#upload.open())),
      check: (received) => this.#refuseExcess(received),
      onHeldBack: () => this.#hurry(),
      onTaken: (received) => this.#upload.progress.received(received),
    });
    if (resolved.idleTimeout > 0) this.#idle.touch();
    watchSources(this, {
      onDeath: (error) => {
        if (!this.writableEnded) this.destroy(error);
      },
      onPartial: (error) => this.destroy(error),
    });
    this.#leaveClient = resolved.client?.adopt(this) ?? (() => {});
    const { signal } = resolved;
    if (signal !== undefined) {
      this.#stopListening = onAbort(signal, () => this.destroy(new CosAbortError(signal.reason)));
    }
  }

  /**
   * Settles with the stream: resolves with the result, or rejects with the reason why there is none. It is never an unhandled
   * rejection, and code that reads it needs no `error` listener beside it.
   */
  get done(): Promise<UploadResult> {
    if (!this.#isDoneTaken) this.on("error", () => {});
    this.#isDoneTaken = true;
    return this.#done.promise;
  }

  /** The multipart upload, once it is begun. */
  get uploadId(): string | undefined {
    return this.#upload.uploadId;
  }

  /** The confirmed parts so far, in ascending order. */
  get parts(): readonly PartReceipt[] {
    return this.#upload.receipts;
  }

  /** Set before `finish`. */
  get result(): UploadResult | undefined {
    return this.#result;
  }

  stats(): UploadStats {
    const { progress, sender, state } = this.#upload;
    const { sent, confirmed } = progress.current;
    return {
      state,
      received: this.#assembler.taken,
      sent,
      confirmed,
      partsSending: sender.running,
      partsWaiting: sender.waiting,
      partsDigesting: this.#assembler.partsDigesting,
      partsConfirmed: sender.confirmed,
      memoryHeld: this.#memory.held,
      waitingForMemory: this.#memory.waiting,
      hashing: this.#options.resources.hasher.hashing,
    };
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
    this.#intake.take(chunk, callback);
  }

  override _final(callback: WriteCallback): void {
    this.#idle.pause();
    // A destroyed stream calls the callbacks of `end` by itself, with the reason; how a cut request ended is in `outcome`.
    this.#finish().then(
      (result) => {
        if (this.destroyed) return;
        // One moment decides: from here on the upload is done, the result is there, and `finish` comes.
        this.#upload.conclude();
        this.#result = result;
        callback();
      },
      (error) => {
        if (!this.destroyed) callback(errorOf(error));
      },
    );
  }

  override destroy(error?: Error): this {
    return super.destroy(this.#result === undefined ? error : undefined);
  }

  override _destroy(error: Error | null, callback: WriteCallback): void {
    this.#intake.abandon(error ?? writeDestroyed());
    this.#end(error).then(callback, (failure) => callback(errorOf(failure)));
  }

  #createAssembler(): PartAssembler {
    const { plan, firstPartNumber, concurrency } = this.#options;
    const { hasher } = this.#options.resources;
    const md5 = this.#md5OfWhole;
    return new PartAssembler({
      plan,
      firstPartNumber,
      memory: this.#memory,
      createDigester: () =>
        hasher.createDigester(() => this.writableEnded || this.#upload.sender.hasCapacity),
      onBegin: (partNumber, size) => {
        // A part for each slot, and as many as are digested at a time: more would only wait.
        this.#memory.begin(size, concurrency + LANES);
        if (partNumber === firstPartNumber) this.#begin();
        this.#upload.begin(partNumber);
      },
      onCut: (partNumber) => {
        // The first part of what may become one Put Object waits for the next byte, or the end, before it is sent.
        if (!this.#upload.mayBeSinglePut(partNumber)) this.#memory.complete();
      },
      onPart: (part, segments) => {
        // One that is there already is confirmed at once, in the middle of a write: not ahead of what was received.
        this.#upload.progress.received(this.#assembler.taken);
        this.#upload.add({ part, release: () => surface(() => this.#memory.release(segments)) });
      },
      onSegment: md5 && ((bytes) => void md5.update(bytes)),
    });
  }

  /** The first byte is there. */
  #begin(): void {
    const { resources, expected } = this.#options;
    resources.hasher.expect(expected.size ?? 0);
    const warning = takeKernelWarning();
    // Not now, in the middle of a write.
    if (warning !== undefined) nextTick(() => this.#notify("warning", warning));
  }

  #listener(): UploadListener {
    return {
      initiated: (uploadId, resumed) => this.#notify("initiate", { uploadId, resumed }),
      partConfirmed: (receipt) => {
        this.#hurry();
        this.#notify("part", receipt);
      },
      progressed: (progress) => this.#notify("progress", progress),
      retrying: (retry) => this.#notify("retry", retry),
      warned: (warning) => this.#notify("warning", warning),
      failed: (error) => void this.destroy(errorOf(error)),
    };
  }

  /** While the writer is held back, no more bytes come that digests could be put off for. */
  #hurry(): void {
    if (this.#memory.waiting && this.#upload.sender.hasCapacity) this.#options.resources.hasher.hurry();
  }

  #notify<E extends keyof UploadEvents>(event: E, ...args: UploadEvents[E]): void {
    surface(() => this.emit(event, ...args));
  }

  #refuseExcess(received: number): void {
    const { size } = this.#options.expected;
    if (size !== undefined && received > size) checkExpectedSize(received, size, this.uploadId);
  }

  async #finish(): Promise<UploadResult> {
    checkExpectedSize(this.#assembler.taken, this.#options.expected.size, this.uploadId);
    this.#upload.progress.received(this.#assembler.taken);
    this.#memory.complete();
    const handedOut = new Promise<void>((resolve) => this.#assembler.end(resolve));
    this.#options.resources.hasher.hurry();
    await handedOut;
    return await this.#upload.finish({
      size: this.#assembler.taken,
      md5: this.#md5OfWhole?.digest("base64"),
    });
  }

  /** Leaves nothing running; the error to end with comes back with what was found out meanwhile. */
  async #end(error: Error | null): Promise<Error | null> {
    this.#stopListening();
    this.#idle.pause();
    const result = this.#result;
    if (result === undefined) await this.#upload.cancel();
    const outcome = result === undefined ? this.#upload.outcome : undefined;
    // A stream that is kept for its result, or its error, keeps no parts.
    this.#assembler.discard();
    this.#memory.clear();
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
    this.#idle.stop();
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
