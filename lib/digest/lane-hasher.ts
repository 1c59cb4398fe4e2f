import type { Hashing } from "../events.ts";
import { KIB, MIB } from "../limits.ts";
import { type Clock, SYSTEM_CLOCK, setImmediate } from "../timers.ts";
import type { Hasher } from "./digester.ts";
import { type DigestState, HashJob, type HashTask } from "./hash-job.ts";
import { HashThread, type HashThreadListener, MAX_SILENCE } from "./hash-thread.ts";
import { HASH_THREAD } from "./hash-thread-source.ts";
import type { KernelMemories } from "./kernels/kernel-memories.ts";
import { LANES, lengthOf } from "./kernels/kernels.ts";
import { LaneDigester, type LaneQueue } from "./lane-digester.ts";

/** Milliseconds that bytes can wait for other parts, to be digested together: two lanes take as long as four. */
const PATIENCE = 100;
/** Most bytes of a part in one job. So the result comes after about 20 ms, whatever the size of the part. */
const MAX_TASK: number = 8 * MIB;
/** Most bytes of one job. Small parts are put together. */
const MAX_JOB: number = LANES * MAX_TASK;
/** With so many bytes, a job does not wait for more lanes: the parts are large, and the source is faster than one lane. */
const BACKLOG: number = 2 * MAX_JOB;
/** A smaller job is done on the main thread: it takes no longer than a message to the thread and back. */
const SMALL_JOB: number = 256 * KIB;
/** Bytes that the main thread digests before a thread is started: they take about as long as its start. */
const WORTH_A_THREAD: number = 32 * MIB;

/** Where digests are computed: in a thread, on the main thread, or on the main thread until a thread is worth its start. */
export type HashPlace = "thread" | "main" | "auto";

/** What tests have otherwise. */
export interface LaneHasherOptions {
  readonly threadSource?: () => string;
  /** Milliseconds; a thread that does not answer for twice as long is given up. */
  readonly maxSilence?: number;
  readonly clock?: Clock;
}

/** A job that is being done, and its digesters. */
interface Job {
  readonly tasks: readonly HashTask[];
  readonly digesters: readonly LaneDigester[];
  readonly isFlush: boolean;
}

/**
 * Computes the digests of parts in the memory where they are, of up to four parts together: on the main thread, or in a thread beside it.
 *
 * Bytes wait until there are four parts, but not while a stream has nothing else to send. There is one job at a time. A job is a pure
 * function of its tasks: if its thread died, or does not answer, it is done again here.
 */
export class LaneHasher implements Hasher, LaneQueue {
  readonly memories: KernelMemories;
  readonly #place: HashPlace;
  readonly #threadSource: () => string;
  readonly #maxSilence: number;
  readonly #clock: Clock;
  /** Digesters of parts that have not ended or have bytes to digest, in the order in which their parts began. */
  readonly #digesters = new Set<LaneDigester>();
  #job: Job | undefined;
  #isFlushing = false;
  #cancelTimer: (() => void) | undefined;
  #hashedHere = 0;
  #thread: HashThread | undefined;

  constructor(memories: KernelMemories, place: HashPlace, options: LaneHasherOptions = {}) {
    this.memories = memories;
    this.#place = place;
    this.#threadSource = options.threadSource ?? (() => HASH_THREAD);
    this.#maxSilence = options.maxSilence ?? MAX_SILENCE;
    this.#clock = options.clock ?? SYSTEM_CLOCK;
  }

  get hashing(): Hashing {
    return this.#thread?.isRunning ? "worker" : "inline";
  }

  createDigester(isWaitedFor: () => boolean): LaneDigester {
    if (this.#place === "thread") this.#startThread();
    const digester = new LaneDigester(this, isWaitedFor);
    this.#digesters.add(digester);
    return digester;
  }

  expect(bytes: number): void {
    if (this.#place === "auto" && bytes >= 2 * WORTH_A_THREAD) this.#startThread();
  }

  flush(): void {
    // The running job may be all that they wait for. This is checked again when it is done.
    if (this.#job !== undefined) this.#isFlushing = true;
    else this.#schedule(true);
  }

  async close(): Promise<boolean> {
    for (const digester of this.#digesters) digester.discard();
    return (await this.#thread?.close()) ?? true;
  }

  onMoreData(digester: LaneDigester): void {
    if (isFull(digester)) this.#schedule();
    else this.#waitForMore();
  }

  onDone(digester: LaneDigester): void {
    this.#digesters.delete(digester);
    if (this.#digesters.size === 0) this.#stopTimer();
  }

  #schedule(isFlush = false): void {
    if (this.#job !== undefined) return;
    const working = [...this.#digesters].filter(({ hasWork }) => hasWork);
    if (working.length === 0) return;
    const full = working.filter(isFull);
    const bytes = working.reduce((sum, { pendingBytes }) => sum + pendingBytes, 0);
    if (full.length >= LANES) this.#begin(full, isFlush);
    else if (isFlush || bytes >= BACKLOG) this.#begin(working, isFlush);
    else this.#waitForMore();
  }

  #waitForMore(): void {
    this.#cancelTimer ??= this.#clock.after(PATIENCE, () => {
      this.#cancelTimer = undefined;
      this.#schedule(this.#isWaitedFor());
    });
  }

  #isWaitedFor(): boolean {
    return [...this.#digesters].some((digester) => digester.hasWork && digester.isWaitedFor());
  }

  #stopTimer(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
  }

  #begin(digesters: readonly LaneDigester[], isFlush: boolean): void {
    const tasks: HashTask[] = [];
    let bytes = 0;
    for (const digester of digesters) {
      if (bytes >= MAX_JOB) break;
      const task = digester.take(MAX_TASK);
      tasks.push(task);
      bytes += lengthOf(task.runs);
    }
    const job = { tasks, digesters: digesters.slice(0, tasks.length), isFlush };
    this.#job = job;
    if (bytes < SMALL_JOB) {
      this.#finish(job, this.#hashHere(job).runToEnd());
    } else if (this.#thread?.isRunning) {
      this.#thread.run(tasks);
    } else {
      this.#hashedHere += bytes;
      if (this.#place === "auto" && this.#hashedHere >= WORTH_A_THREAD) this.#startThread();
      this.#continueHere(job, this.#hashHere(job));
    }
  }

  #hashHere({ tasks }: Job): HashJob {
    return new HashJob(tasks, (memory) => this.memories.at(memory).kernels);
  }

  /** Step by step, so that sockets and timers are served between the steps. */
  #continueHere(job: Job, hashing: HashJob): void {
    // The memory of parts that are not needed any more may be gone.
    const isWanted = job.digesters.some(({ hasLeft }) => !hasLeft);
    if (!isWanted) this.#finish(job, []);
    else if (hashing.advance()) this.#finish(job, hashing.states);
    else setImmediate(() => this.#continueHere(job, hashing));
  }

  #finish({ tasks, digesters, isFlush }: Job, states: readonly DigestState[]): void {
    for (const [index, state] of states.entries()) digesters[index]!.advance(tasks[index]!, state);
    // Not before: a callback may add bytes, and other digesters of this job still wait for their callbacks.
    this.#job = undefined;
    // The rest of a part that was too long for this job is as urgent as its beginning was.
    const isUrgent = this.#isFlushing || (isFlush && digesters.some(({ hasWork }) => hasWork));
    this.#isFlushing = false;
    this.#schedule(isUrgent && this.#isWaitedFor());
  }

  /** A thread that fails is not replaced: the next one would fail for the same reason. */
  #startThread(): void {
    const listener: HashThreadListener = {
      hashed: (states) => this.#finish(this.#job!, states),
      failed: () => {
        const job = this.#job;
        if (job !== undefined) this.#continueHere(job, this.#hashHere(job));
      },
    };
    this.#thread ??= new HashThread(this.memories, listener, this.#threadSource, this.#maxSilence);
  }
}

/** Whether it can keep a lane busy: it has more than one task, since a part with one task is about to end. */
function isFull({ hasWork, hasEnded, pendingBytes }: LaneDigester): boolean {
  return hasWork && (hasEnded || pendingBytes > MAX_TASK);
}
