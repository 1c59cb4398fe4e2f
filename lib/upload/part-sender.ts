import type { CallContext } from "../cos/execute.ts";
import type { ListedPart } from "../cos/operations/list-parts.ts";
import type { PartReceipt } from "../events.ts";
import type { ResolvedUpload } from "../options/upload-options.ts";
import type { Part } from "../parts/part.ts";
import { ConcurrencyLimiter } from "./concurrency-limiter.ts";
import { receiptOfStored } from "./open-upload.ts";
import type { ProgressMeter } from "./progress.ts";
import { sendPart } from "./send-part.ts";

export interface PartSenderOptions {
  readonly upload: ResolvedUpload;
  readonly progress: ProgressMeter;
  readonly context: CallContext;
  readonly onConfirmed: (receipt: PartReceipt) => void;
  readonly onFailed: (error: unknown) => void;
}

/** Sends parts, `concurrency` at a time, and keeps the receipts. It owns the parts it is given until they are confirmed. */
export class PartSender {
  readonly #options: PartSenderOptions;
  readonly #limiter: ConcurrencyLimiter;
  readonly #receipts = new Map<number, PartReceipt>();
  #uploadId: string | undefined;
  #stored: ReadonlyMap<number, ListedPart> | undefined;

  constructor(options: PartSenderOptions) {
    this.#options = options;
    this.#limiter = new ConcurrencyLimiter(options.upload.concurrency);
  }

  /** In ascending order of part numbers. */
  get receipts(): PartReceipt[] {
    return [...this.#receipts.values()].sort((a, b) => a.partNumber - b.partNumber);
  }

  get confirmed(): number {
    return this.#receipts.size;
  }

  get running(): number {
    return this.#limiter.running;
  }

  get waiting(): number {
    return this.#limiter.queued;
  }

  /** Whether there is less to send than could be sent at a time. */
  get hasCapacity(): boolean {
    return this.#limiter.running + this.#limiter.queued < this.#options.upload.concurrency;
  }

  /**
   * Parts wait until this is called.
   *
   * @param stored What COS has of the upload already, by part number.
   */
  open(uploadId: string, stored?: ReadonlyMap<number, ListedPart>): void {
    this.#uploadId = uploadId;
    this.#stored = stored;
    this.#limiter.open();
  }

  /** No listener is called before it returns: a write may be going on. */
  add(part: Part, release: () => void): void {
    this.#limiter.add(() => this.#confirm(part, release));
  }

  confirm(receipt: PartReceipt): void {
    this.#receipts.set(receipt.partNumber, receipt);
    this.#options.progress.confirmed(receipt.partNumber, receipt.size);
    this.#options.onConfirmed(receipt);
  }

  /** Forgets the parts that are not being sent. */
  clear(): void {
    this.#limiter.clear();
  }

  /** Resolves when no part waits or is being sent. */
  async idle(): Promise<void> {
    await this.#limiter.idle();
  }

  async #confirm(part: Part, release: () => void): Promise<void> {
    try {
      this.confirm(await this.#receiptOf(part));
    } catch (error) {
      this.#options.onFailed(error);
      return;
    }
    release();
  }

  /** What COS has already is not sent. */
  async #receiptOf(part: Part): Promise<PartReceipt> {
    const { upload, progress, context } = this.#options;
    const { partNumber, offset } = part;
    const stored = receiptOfStored(part, this.#stored?.get(partNumber));
    if (stored !== undefined) return stored;
    const { etag, md5, crc64, size, attempts, requestId } = await sendPart(upload, this.#uploadId!, part, {
      ...context,
      onSent: (bytes) => progress.sent(partNumber, bytes),
    });
    return { partNumber, offset, size, etag, md5, crc64, attempts, requestId, skipped: false };
  }
}
