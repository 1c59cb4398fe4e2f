import type { CallContext } from "../cos/execute.ts";
import type { Outcome } from "../errors.ts";
import type {
  PartReceipt,
  StreamSummary,
  UploadEvents,
  UploadResult,
  UploadState,
  UploadStats,
} from "../events.ts";
import type { ResolvedUpload } from "../options/upload-options.ts";
import { emptyPart, type Part } from "../parts/part.ts";
import type { PartSink } from "../parts/part-sink.ts";
import type { PartPlan } from "../parts/plan.ts";
import { attemptError } from "../retry/policy.ts";
import { SYSTEM_CLOCK } from "../timers.ts";
import { askBeforeComplete } from "./before-complete.ts";
import { cleanUp } from "./clean-up.ts";
import { type CommitResult, type CommittedObject, commitParts, commitWhole } from "./commit.ts";
import type { Period } from "./object-lookup.ts";
import { type OpenUpload, openUpload } from "./open-upload.ts";
import { PartSender } from "./part-sender.ts";
import { ProgressMeter } from "./progress.ts";
import { isNoSuchUpload } from "./proof.ts";
import { next, type UploadTransition } from "./state.ts";
import { checkContiguous, checkExpected, combinedCrc64, resultOf, type StreamEnd } from "./stream-summary.ts";
import { cancelled, cleanUpTimedOut, emptyUpload } from "./upload-errors.ts";

type UploadProgress = Pick<
  UploadStats,
  "state" | "sent" | "confirmed" | "partsSending" | "partsWaiting" | "partsConfirmed"
>;

/** What an upload reports to its stream. */
export interface UploadListener {
  notify<E extends keyof UploadEvents>(event: E, ...args: UploadEvents[E]): void;
  /** A request failed for good. The upload is still to be cancelled. */
  failed(error: unknown): void;
}

/** Milliseconds that cleaning up may take; after that, what is left is told by a warning. */
const CLEAN_UP_TIMEOUT = 10_000;

/**
 * One upload from its first byte to Complete or Abort: which request follows which.
 */
export class Upload implements PartSink {
  readonly #progress: ProgressMeter;
  readonly #options: ResolvedUpload;
  readonly #listener: UploadListener;
  readonly #sender: PartSender;
  /** Ends all requests when the upload is cancelled. */
  readonly #work = new AbortController();
  /** Ends what goes on while it is cancelled. */
  readonly #cleaning = new AbortController();
  #state: UploadState = "idle";
  #uploadId: string | undefined;
  #opening: Promise<void> | undefined;
  #plan: PartPlan;
  /** The part of a stream that may turn out to be one Put Object. */
  #only: Part | undefined;
  #commit: Promise<CommitResult> | undefined;
  #outcome: Outcome | undefined;
  #result: UploadResult | undefined;
  #failure: { readonly error: unknown } | undefined;
  /** When this stream began the upload itself: then nothing but the answer has shown its id. */
  #initiated: Period | undefined;
  /** COS does not know the upload of a part. */
  #denial: unknown;

  constructor(options: ResolvedUpload, listener: UploadListener) {
    this.#options = options;
    this.#listener = listener;
    this.#progress = new ProgressMeter(
      (progress) => listener.notify("progress", progress),
      options.expected.size,
    );
    this.#sender = new PartSender({
      upload: options,
      progress: this.#progress,
      context: this.#context(),
      onConfirmed: (receipt) => listener.notify("part", receipt),
      onFailed: (error) => this.#fail(error),
    });
    this.#plan = options.plan;
    this.#uploadId = options.uploadId ?? (isNamed(options.resume) ? options.resume.uploadId : undefined);
    if (options.uploadId !== undefined) this.#startSending();
  }

  /** What it is doing now. */
  get stats(): UploadProgress {
    const { sent, confirmed } = this.#progress.current;
    const { running: partsSending, waiting: partsWaiting, confirmed: partsConfirmed } = this.#sender;
    return { state: this.#state, sent, confirmed, partsSending, partsWaiting, partsConfirmed };
  }

  get uploadId(): string | undefined {
    return this.#uploadId;
  }

  /** In ascending order of part numbers. */
  get receipts(): PartReceipt[] {
    return this.#sender.receipts;
  }

  get concurrency(): number {
    return this.#options.concurrency;
  }

  get hasCapacity(): boolean {
    return this.#sender.hasCapacity;
  }

  received(bytes: number): void {
    this.#progress.received(bytes);
  }

  /** A stream that goes on with an earlier upload is cut as that one was. */
  plan(): Promise<PartPlan> | undefined {
    return this.#options.resume && this.#whenOpen();
  }

  /** The first byte of a part is there: an upload is begun unless the stream may still fit one Put Object. */
  begin(partNumber: number): void {
    if (this.#state === "idle" && !this.mayBeSinglePut(partNumber)) this.#open();
  }

  /** Whether the part may turn out to be the whole stream, to be sent as one Put Object. */
  mayBeSinglePut(partNumber: number): boolean {
    return this.#options.singlePut && partNumber === this.#options.firstPartNumber;
  }

  add(part: Part, release: () => void): void {
    if (this.#state === "idle") this.#only = part;
    this.#sender.add(part, release);
  }

  /** The stream is over and all its parts were added: confirms them all and commits. Until `conclude`, it can be cancelled. */
  async finish(end: StreamEnd): Promise<UploadResult> {
    const { firstPartNumber, expected, complete, resume } = this.#options;
    if (this.#state === "idle" && complete && !isNamed(resume)) return await this.#putWhole(end);
    await this.#whenOpen();
    await this.#sender.idle();
    this.#throwIfFailed();
    const parts = this.receipts;
    checkContiguous(parts, firstPartNumber, end.size, this.#uploadId);
    const crc64 = combinedCrc64(parts);
    checkExpected(end, crc64, expected, this.#uploadId);
    if (complete && parts.length === 0) throw emptyUpload(this.#uploadId);
    await this.#decide(end, crc64);
    if (!complete) return this.#finished(end, crc64);
    const toComplete = {
      uploadId: this.#uploadId!,
      parts,
      size: end.size,
      crc64,
      initiated: this.#initiated,
    };
    const { object } = await this.#make((context) => commitParts(this.#options, toComplete, context));
    return this.#finished(end, crc64, object);
  }

  /** What `finish` resolved with is the result: nothing cancels the upload any more. */
  conclude(result: UploadResult): void {
    this.#move("finish");
    this.#result = result;
  }

  /** Once it is there, nothing fails any more. */
  get result(): UploadResult | undefined {
    return this.#result;
  }

  /** What became of the object, once COS was asked to make it and the end is known. */
  get outcome(): Outcome | undefined {
    return this.#outcome;
  }

  /**
   * Ends everything that is under way, finds out what became of a commit, and aborts what must not stay. Never rejects.
   */
  async cancel(): Promise<void> {
    if (this.#state === "done" || this.#state === "cancelling" || this.#state === "cancelled") return;
    this.#move("cancel");
    const cancelTimer = SYSTEM_CLOCK.after(CLEAN_UP_TIMEOUT, () =>
      this.#cleaning.abort(cleanUpTimedOut(this.#uploadId, CLEAN_UP_TIMEOUT)),
    );
    const partsWereCut = this.#sender.running > 0;
    this.#sender.clear();
    this.#work.abort(cancelled(this.#uploadId));
    const [commit] = await Promise.all([this.#commit, this.#sender.idle(), this.#opening]);
    const isKnown = this.#initiated === undefined || this.#sender.confirmed > 0;
    const remains = {
      uploadId: this.#uploadId,
      isKnown,
      denial: isKnown ? undefined : this.#denial,
      partsWereCut,
      commit,
    };
    this.#outcome = await cleanUp(this.#options, remains, { signal: this.#cleaning.signal }, (warning) =>
      this.#listener.notify("warning", warning),
    );
    cancelTimer();
    this.#only = undefined;
    this.#move("cleaned");
  }

  #move(transition: UploadTransition): void {
    this.#state = next(this.#state, transition);
  }

  #context(): CallContext {
    return { signal: this.#work.signal, onRetry: (retry) => this.#listener.notify("retry", retry) };
  }

  /** @returns Where the stream is cut. */
  async #whenOpen(): Promise<PartPlan> {
    if (this.#state === "idle") this.#open();
    await this.#opening;
    this.#throwIfFailed();
    return this.#plan;
  }

  #open(): void {
    this.#move("initiate");
    this.#only = undefined;
    // Cut off, an Initiate would leave an upload behind that nobody knows: a cancelled upload waits for its id.
    this.#opening = openUpload(this.#options, this.#context(), this.#cleaning.signal, (warning) =>
      this.#listener.notify("warning", warning),
    )
      .then((opened) => this.#opened(opened))
      .catch((error) => this.#fail(error));
  }

  #opened({ uploadId, initiated, plan, stored }: OpenUpload): void {
    this.#uploadId = uploadId;
    this.#initiated = initiated;
    if (this.#state !== "initiating") return;
    this.#plan = plan;
    this.#startSending(stored);
    this.#listener.notify("initiate", { uploadId, resumed: initiated === undefined });
  }

  #startSending(stored?: OpenUpload["stored"]): void {
    this.#move("send");
    this.#sender.open(this.#uploadId!, stored);
  }

  /** Only the first failure counts: the others follow from it. */
  #fail(error: unknown): void {
    if (isNoSuchUpload(attemptError(error))) this.#denial ??= error;
    if (this.#failure !== undefined || this.#state === "cancelling") return;
    this.#failure = { error };
    this.#listener.failed(error);
  }

  #throwIfFailed(): void {
    if (this.#failure !== undefined) throw this.#failure.error;
    if (this.#work.signal.aborted) throw this.#work.signal.reason;
  }

  async #putWhole(end: StreamEnd): Promise<UploadResult> {
    this.#sender.clear();
    const part = this.#only ?? emptyPart;
    checkExpected(end, part.crc64, this.#options.expected, undefined);
    await this.#decide(end, part.crc64);
    const { partNumber, offset, size, md5, crc64 } = part;
    const { object, attempts } = await this.#make((context) => {
      const onSent = (bytes: number): void => this.#progress.sent(partNumber, bytes);
      return commitWhole(this.#options, part, { ...context, onSent });
    });
    this.#only = undefined;
    const { etag, requestId } = object;
    const receipt = { partNumber, offset, size, etag, md5, crc64, attempts, requestId, skipped: false };
    if (size > 0) this.#sender.confirm(receipt);
    return this.#finished(end, crc64, object);
  }

  /** Lets the program say whether the stream is what it should be. */
  async #decide(end: StreamEnd, crc64: string): Promise<void> {
    const { beforeComplete, connection } = this.#options;
    if (beforeComplete === undefined) return;
    const limits = { signal: this.#work.signal, timeout: connection.timeout.beforeComplete };
    await askBeforeComplete(beforeComplete, this.#summaryOf(end, crc64), limits);
    this.#throwIfFailed();
  }

  /** Lets COS make the object. */
  async #make(
    commit: (context: CallContext) => Promise<CommitResult>,
  ): Promise<Extract<CommitResult, { object: unknown }>> {
    this.#move("commit");
    this.#commit = commit(this.#context());
    const result = await this.#commit;
    this.#throwIfFailed();
    if ("error" in result) throw result.error;
    if (result.warning !== undefined) this.#listener.notify("warning", result.warning);
    return result;
  }

  #finished(end: StreamEnd, crc64: string, committed?: CommittedObject): UploadResult {
    // Whoever destroys the stream in the last progress event still destroys one that has not finished.
    this.#progress.finish();
    this.#throwIfFailed();
    return resultOf(this.#options.connection, this.#summaryOf(end, crc64), committed);
  }

  #summaryOf({ size, md5 }: StreamEnd, crc64: string): StreamSummary {
    const { connection, key } = this.#options;
    const { uploadId, receipts: parts } = this;
    return { bucket: connection.bucket, key, uploadId, size, crc64, md5, parts };
  }
}

function isNamed(resume: ResolvedUpload["resume"]): resume is { readonly uploadId: string } {
  return typeof resume === "object";
}
