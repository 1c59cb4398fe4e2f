import { createHash, type Hash } from "node:crypto";
import type { Hasher } from "../digest/digester.ts";
import { LANES } from "../digest/kernels/kernels.ts";
import { errorOf } from "../errors.ts";
import { MIB } from "../limits.ts";
import type { PartMemory } from "../memory/part-memory.ts";
import { PartAssembler } from "../parts/assembler.ts";
import type { PartSink } from "../parts/part-sink.ts";
import type { PartPlan } from "../parts/plan.ts";
import { clearImmediate, nextTick, setImmediate } from "../timers.ts";
import { checkExpectedSize, type StreamEnd } from "../upload/stream-summary.ts";
import type { WriteCallback } from "./byte-writable.ts";
import type { IdleWatch } from "./idle-watch.ts";

/**
 * After so many bytes, a write gives sockets and timers a turn. A source that is always ready would otherwise fill all the memory there is
 * at once: tens of milliseconds in which nothing is sent.
 */
const TURN: number = 4 * MIB;

export interface PartWriterOptions {
  readonly plan: PartPlan;
  readonly firstPartNumber?: number;
  /** Bytes of the whole stream, if they are known. More, or fewer at the end, are refused. */
  readonly expectedSize: number | undefined;
  /** Whether the MD5 of the whole stream is computed. */
  readonly wholeMd5?: boolean;
  /** The memory of this stream. It ends with the writer. */
  readonly memory: PartMemory;
  readonly hasher: Hasher;
  /** Watches the source while a write could be taken. It ends with the writer. */
  readonly idle?: IdleWatch;
}

/**
 * Makes digested parts of what is written, and gives them to a sink. The only place where a write waits.
 *
 * - A write waits for part memory and for nothing else; the first write also waits for the plan, if the sink has yet to make it.
 * - `write` calls no function of the program before it returns, except the callback of a chunk that was taken completely.
 * - Callbacks are called in the order of the writes.
 */
export class PartWriter {
  readonly #sink: PartSink;
  readonly #options: PartWriterOptions;
  readonly #assembler: PartAssembler;
  readonly #md5: Hash | undefined;
  /** The chunk that is being taken; undefined between two writes. */
  #chunk: Uint8Array | undefined;
  /** Index of its first byte that was not taken yet. */
  #at = 0;
  #callback: WriteCallback | undefined;
  #hasPlan = false;
  /** At so many bytes received, sockets and timers have a turn. */
  #turnEnd = TURN;
  #turn: NodeJS.Immediate | undefined;
  #failure: Error | undefined;
  #hasEnded = false;
  readonly #resume = (): void => {
    if (this.#chunk === undefined) return;
    this.#turnEnd = this.received + TURN;
    this.#options.idle?.resume();
    this.#take(true);
  };

  constructor(sink: PartSink, options: PartWriterOptions) {
    const { plan, firstPartNumber = 1, memory, hasher, wholeMd5 = false } = options;
    const md5 = wholeMd5 ? createHash("md5") : undefined;
    this.#sink = sink;
    this.#options = options;
    this.#md5 = md5;
    this.#assembler = new PartAssembler({
      plan,
      firstPartNumber,
      memory,
      createDigester: () => hasher.createDigester(() => this.#hasEnded || sink.hasCapacity),
      onBegin: (partNumber, size) => this.#begin(partNumber, size),
      // The first part of what may become one Put Object waits for the next byte, or the end, before it is sent.
      onCut: (partNumber) => {
        if (!sink.mayBeSinglePut(partNumber)) memory.complete();
      },
      onPart: (part, segments) => sink.add(part, () => this.#release(segments)),
      onSegment: md5 && ((bytes) => void md5.update(bytes)),
    });
  }

  /** Bytes that were taken. */
  get received(): number {
    return this.#assembler.taken;
  }

  /** Full parts whose digests are not computed yet. */
  get partsDigesting(): number {
    return this.#assembler.partsDigesting;
  }

  /** Bytes of part memory in use. */
  get memoryHeld(): number {
    return this.#options.memory.held;
  }

  /** Whether a write waits for part memory. */
  get isWaitingForMemory(): boolean {
    return this.#options.memory.waiting;
  }

  /** Calls back when all bytes of the chunk are in parts: then the chunk belongs to the caller again. Allocates nothing per write. */
  write(chunk: Uint8Array, callback: WriteCallback): void {
    this.#chunk = chunk;
    this.#at = 0;
    this.#callback = callback;
    this.#take(false);
  }

  /**
   * The last write was taken. Resolves when the sink has all parts.
   *
   * @throws CosIntegrityError When the stream is shorter than expected.
   */
  async end(): Promise<StreamEnd> {
    const { idle, memory, hasher, expectedSize } = this.#options;
    const { received: size } = this;
    idle?.pause();
    checkExpectedSize(size, expectedSize, undefined);
    this.#hasEnded = true;
    memory.complete();
    const digested = new Promise<void>((resolve) => this.#assembler.end(resolve));
    hasher.flush();
    await digested;
    return { size, md5: this.#md5?.digest("base64") };
  }

  /** Calls a write that waits back with the error; the rest of its chunk is not taken. No other write is taken after it. */
  abandon(error: Error): void {
    this.#options.memory.stopWaiting();
    this.#options.idle?.pause();
    clearImmediate(this.#turn);
    this.#failure ??= error;
    if (this.#chunk !== undefined) this.#callBack(true);
  }

  /** Drops all parts that the sink does not have, and returns all memory: nobody may read any part after it. */
  discard(): void {
    this.#assembler.discard();
    this.#options.memory.clear();
    this.#options.idle?.stop();
  }

  /** Takes what is left of the chunk, as far as there is memory. */
  #take(isResumed: boolean): void {
    const assembler = this.#assembler;
    const chunk = this.#chunk!;
    try {
      if (this.#failure !== undefined) throw this.#failure;
      const size = chunk.byteLength;
      if (this.#at === 0 && !this.#mayBegin(size)) return;
      const end = Math.min(size, this.#at + this.#turnEnd - assembler.taken);
      this.#at = assembler.write(chunk, this.#at, end);
      this.#sink.received(assembler.taken);
      if (this.#at < end) {
        this.#waitForMemory();
        return;
      }
      if (end < size) {
        this.#turn = setImmediate(this.#resume);
        return;
      }
      this.#options.idle?.touch();
    } catch (error) {
      this.#failure = errorOf(error);
    }
    this.#callBack(isResumed);
  }

  /** @param isLater Whether `write` has returned: callbacks of earlier writes may be called in a later tick. */
  #callBack(isLater: boolean): void {
    const callback = this.#callback;
    // A method of the chunk may have destroyed the stream meanwhile.
    if (callback === undefined) return;
    this.#chunk = undefined;
    this.#callback = undefined;
    if (isLater) nextTick(callback, this.#failure);
    else callback(this.#failure);
  }

  /**
   * Whether the first byte of a chunk can be taken now. If it cannot, the write waits for the plan.
   *
   * @throws CosIntegrityError When the stream is longer than expected.
   */
  #mayBegin(size: number): boolean {
    const { expectedSize, idle } = this.#options;
    const received = this.received + size;
    if (expectedSize !== undefined && received > expectedSize) {
      checkExpectedSize(received, expectedSize, undefined);
    }
    if (this.#hasPlan || size === 0) return true;
    this.#hasPlan = true;
    const planned = this.#sink.plan?.();
    if (planned === undefined) return true;
    idle?.touch();
    idle?.pause();
    planned.then(
      (plan) => {
        this.#assembler.recut(plan);
        this.#resume();
      },
      // The sink fails the stream, which abandons the write.
      () => {},
    );
    return false;
  }

  #waitForMemory(): void {
    const { memory, idle } = this.#options;
    idle?.pause();
    memory.whenReleased(this.#resume);
    this.#flushIfWaiting();
  }

  #begin(partNumber: number, size: number): void {
    const { memory, hasher, expectedSize = 0 } = this.#options;
    // A part for each that is sent at a time, and for each that is digested at a time: more would only wait.
    memory.begin(size, this.#sink.concurrency + LANES);
    if (this.received === 0) hasher.expect(expectedSize);
    this.#sink.begin(partNumber);
  }

  #release(segments: readonly Uint8Array[]): void {
    this.#flushIfWaiting();
    this.#options.memory.release(segments);
  }

  /** While a write waits for memory, digests need not wait for more bytes: there are none. */
  #flushIfWaiting(): void {
    if (this.isWaitingForMemory && this.#sink.hasCapacity) this.#options.hasher.flush();
  }
}
