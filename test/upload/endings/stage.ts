import { pipeline, Readable } from "node:stream";
import type { Emulator, Fault, FaultRule, Operation, ReceivedRequest } from "../../../lib/emulator/index.ts";
import { CosClient, CosUploadError, createUploadStream, type UploadStream } from "../../../lib/index.ts";
import { KIB, MIB, seededBytes } from "../../support/bytes.ts";
import { type Ending, recordEnding, until } from "../../support/ending.ts";
import type { Variant } from "./variants.ts";

export const P: number = MIB;
/** Two parts and a short last one. */
export const BYTES: Buffer = seededBytes(2 * P + 7);
/** What the key holds before. */
export const OLD: Buffer = seededBytes(1000, 2);
const CHUNK = 256 * KIB;
const ever = Number.POSITIVE_INFINITY;

/** How bytes come into the stream. */
export type Way = "write" | "pipe" | "pipeline";

/** Which request. */
export interface Target {
  readonly operation: Operation;
  readonly partNumber?: number;
}

/** A callback that was given away. */
export interface Callback {
  readonly what: "write" | "end" | "pipeline";
  /** What it was called with, each time. */
  readonly calls: ((Error & { code?: string }) | null | undefined)[];
}

/** What a stage is set up with. */
export interface StageOptions {
  readonly key: string;
  readonly way: Way;
  readonly variant: Variant;
  /** Of an upload that is there already. */
  readonly uploadId: string | undefined;
}

/** One upload of a key of its own, its source, and COS, which answers when it is let. */
export class Stage {
  readonly emulator: Emulator;
  readonly key: string;
  readonly upload: UploadStream;
  /** Undefined when the program writes by itself. */
  readonly source: Readable | undefined;
  readonly client: CosClient | undefined;
  readonly ending: Ending;
  readonly callbacks: Callback[] = [];
  readonly #controller = new AbortController();
  readonly #before: number;
  readonly #held: FaultRule[] = [];
  readonly #written: Uint8Array[] = [];
  readonly #size: number;
  #at = 0;
  #ended = false;

  constructor(emulator: Emulator, { key, way, variant, uploadId }: StageOptions) {
    this.emulator = emulator;
    this.key = key;
    this.#size = variant.size ?? BYTES.length;
    this.#before = this.#received().length;
    this.client = variant.shared === true ? new CosClient(emulator.target) : undefined;
    const options = {
      key,
      partSize: P,
      concurrency: 2,
      memory: 2 * P,
      signal: this.#controller.signal,
      retry: { maxAttempts: 3, baseDelay: 0, maxDelay: 0 },
      ...(uploadId !== undefined && { uploadId }),
      ...variant.options,
    };
    this.upload =
      this.client?.createUploadStream(options) ?? createUploadStream({ ...emulator.target, ...options });
    this.ending = recordEnding(this.upload);
    if (way === "write") return;
    this.source = new Readable({ read() {} });
    // A source that fails on purpose is no uncaught error of the test.
    this.source.on("error", () => {});
    if (way === "pipe") this.source.pipe(this.upload);
    else pipeline(this.source, this.upload, this.#callback("pipeline"));
  }

  /** All that was written, in order. */
  get content(): Buffer {
    return Buffer.concat(this.#written);
  }

  /** Whether the writer has ended the stream. */
  get ended(): boolean {
    return this.#ended;
  }

  /** The requests of the upload, in order. */
  get requests(): readonly ReceivedRequest[] {
    return this.#received().slice(this.#before);
  }

  /** Unfinished uploads of the key. */
  get left(): { readonly uploadId: string; readonly parts: number[] }[] {
    return this.emulator
      .uploads()
      .filter(({ key }) => key === this.key)
      .map(({ uploadId, parts }) => ({ uploadId, parts: parts.map(({ partNumber }) => partNumber) }));
  }

  /** Writes what is left of the stream, and ends it. */
  finish(): void {
    this.writeUpTo(this.#size);
    this.end();
  }

  /** Writes the stream's bytes up to an offset. */
  writeUpTo(end: number): void {
    for (; this.#at < end; this.#at = Math.min(end, this.#at + CHUNK)) {
      this.write(BYTES.subarray(this.#at, Math.min(end, this.#at + CHUNK)));
    }
  }

  /** Writes through the source; a source that has ended writes no more, so the program does it. */
  write(bytes: Uint8Array): void {
    if (!this.#ended) this.#written.push(bytes);
    if (this.source === undefined || this.#ended) this.upload.write(bytes, this.#callback("write"));
    else this.source.push(bytes);
  }

  end(): void {
    if (this.source === undefined || this.#ended) this.upload.end(this.#callback("end"));
    else this.source.push(null);
    this.#ended = true;
  }

  abort(): void {
    this.#controller.abort(mine());
  }

  /** COS does not answer such requests until it is let. */
  hold(target: Target, where: "request" | "answer"): void {
    const { key } = this;
    this.#held.push(
      this.emulator.faults.add({ ...target, key, times: ever, fault: { kind: "stall", where } }),
    );
  }

  /** COS answers again. */
  release(): void {
    for (const rule of this.#held.splice(0)) rule.remove();
  }

  /** From now on nothing can be found out, or cleared away. */
  cutOff(): void {
    const operation: readonly Operation[] = ["AbortMultipartUpload", "ListParts", "HeadObject"];
    this.emulator.faults.add({ operation, key: this.key, times: ever, fault: { kind: "reset" } });
  }

  /** From now on such requests go wrong, the first of them being one that COS has not answered yet. */
  strike(target: Target | undefined, fault: Fault, times: number): void {
    this.emulator.faults.add({ ...target, key: this.key, times, fault });
    const index = this.#held.findIndex(({ options }) => options.partNumber === target?.partNumber);
    for (const rule of this.#held.splice(index, index < 0 ? 0 : 1)) rule.remove();
  }

  /** COS has the request and, where only its answer is held, has done what it asks for. */
  async arrived({ operation, partNumber }: Target): Promise<void> {
    const isIt = (other: Target): boolean => other.operation === operation && other.partNumber === partNumber;
    await until(() => this.requests.some(isIt), `${operation} ${partNumber ?? ""}`);
    const held = this.#held.find(({ options }) => isIt(options as Target))?.options.fault;
    if (held?.kind !== "stall" || held.where === "request") return;
    const { length } = this.content;
    const done = (): boolean =>
      partNumber === undefined
        ? this.emulator.object(this.key)?.size === length && this.left.length === 0
        : this.left.some(({ parts }) => parts.includes(partNumber));
    await until(done, `${operation} ${partNumber ?? ""} done`);
  }

  #received(): ReceivedRequest[] {
    return this.emulator.requests.filter(({ key }) => key === this.key);
  }

  #callback(what: Callback["what"]): (error?: Error | null) => void {
    const callback: Callback = { what, calls: [] };
    this.callbacks.push(callback);
    return (error) => void callback.calls.push(error);
  }
}

/** An error of the program's own; as one of the library's kind, it is told what was found out. */
export function mine(): CosUploadError {
  return new CosUploadError("MINE", "mine");
}
