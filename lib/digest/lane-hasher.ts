import type { Hashing } from "../events.ts";
import { KIB, MIB } from "../limits.ts";
import type { Hasher } from "./digester.ts";
import { type DigestState, HashJob, type HashTask } from "./hash-job.ts";
import { HashThread, type HashThreadListener, MAX_SILENCE } from "./hash-thread.ts";
import { HASH_THREAD } from "./hash-thread-source.ts";
import type { KernelMemories } from "./kernels/kernel-memories.ts";
import { LANES, lengthOf } from "./kernels/kernels.ts";
import { LaneDigester, type LaneQueue } from "./lane-digester.ts";

/** Milliseconds that bytes may wait for others to be hashed beside: two lanes cost as much as four. */
const PATIENCE = 100;
/** Most bytes of a part in one job: its result comes after some 20 ms, whatever the size of the part. */
const MAX_TASK: number = 8 * MIB;
/** Most bytes of one job; smaller parts go together. */
const MAX_JOB: number = LANES * MAX_TASK;
/** So much is hashed without waiting for more lanes: the parts are large, and their source is faster than one lane. */
const BACKLOG: number = 2 * MAX_JOB;
/** A smaller job is done on the spot: it takes no longer than a message to the thread and back. */
const SMALL_JOB: number = 256 * KIB;
/** What is hashed on the main thread before a thread of its own pays: it takes about as long as starting one. */
const WORTH_A_THREAD: number = 32 * MIB;

/** Where hashing runs: in a thread of its own, on the main thread, or there until a thread pays. */
export type HashPlace = "thread" | "main" | "auto";

/** What is being hashed, and for whom. */
interface Job {
  readonly tasks: readonly HashTask[];
  readonly digesters: readonly LaneDigester[];
  readonly isHurried: boolean;
}

/**
 * Hashes parts where they lie, up to four in lock step: on the main thread, or in a thread beside it.
 *
 * Bytes wait until there are four parts to go together, but no longer than a stream does that has nothing else to send.
 * There is one job at a time, and each is a pure function of its tasks: one whose thread died, or does not answer, is done again
 * here.
 */
export class LaneHasher implements Hasher, LaneQueue {
  readonly memories: KernelMemories;
  readonly #place: HashPlace;
  readonly #threadSource: () => string;
  readonly #maxSilence: number;
  /** Those with bytes to come or to hash, in the order that their parts began. */
  readonly #digesters = new Set<LaneDigester>();
  #job: Job | undefined;
  #isHurried = false;
  #timer: NodeJS.Timeout | undefined;
  #hashedHere = 0;
  #thread: HashThread | undefined;

  /** @param maxSilence Milliseconds; a thread that does not answer for twice as long is given up. */
  constructor(
    memories: KernelMemories,
    place: HashPlace,
    threadSource: () => string = () => HASH_THREAD,
    maxSilence: number = MAX_SILENCE,
  ) {
    this.memories = memories;
    this.#place = place;
    this.#threadSource = threadSource;
    this.#maxSilence = maxSilence;
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

  hurry(): void {
    // What is being hashed may be all that they wait for: asked again when it is there.
    if (this.#job !== undefined) this.#isHurried = true;
    else this.#schedule(true);
  }

  async close(): Promise<boolean> {
    for (const digester of this.#digesters) digester.discard();
    return (await this.#thread?.close()) ?? true;
  }

  grown(digester: LaneDigester): void {
    if (isFull(digester)) this.#schedule();
    else this.#waitForMore();
  }

  left(digester: LaneDigester): void {
    this.#digesters.delete(digester);
    if (this.#digesters.size === 0) this.#stopTimer();
  }

  #schedule(isHurried = false): void {
    if (this.#job !== undefined) return;
    const working = [...this.#digesters].filter(({ hasWork }) => hasWork);
    if (working.length === 0) return;
    const full = working.filter(isFull);
    const bytes = working.reduce((sum, { pendingBytes }) => sum + pendingBytes, 0);
    if (full.length >= LANES) this.#begin(full, isHurried);
    else if (isHurried || bytes >= BACKLOG) this.#begin(working, isHurried);
    else this.#waitForMore();
  }

  #waitForMore(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#schedule(this.#isWaitedFor());
    }, PATIENCE);
  }

  #isWaitedFor(): boolean {
    return [...this.#digesters].some((digester) => digester.hasWork && digester.isWaitedFor());
  }

  #stopTimer(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #begin(digesters: readonly LaneDigester[], isHurried: boolean): void {
    const tasks: HashTask[] = [];
    let bytes = 0;
    for (const digester of digesters) {
      if (bytes >= MAX_JOB) break;
      const task = digester.take(MAX_TASK);
      tasks.push(task);
      bytes += lengthOf(task.runs);
    }
    const job = { tasks, digesters: digesters.slice(0, tasks.length), isHurried };
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

  /** Step by step, so that sockets and timers have their turn. */
  #continueHere(job: Job, hashing: HashJob): void {
    // The memory of what nobody wants may be gone.
    const isWanted = job.digesters.some(({ hasLeft }) => !hasLeft);
    if (!isWanted) this.#finish(job, []);
    else if (hashing.advance()) this.#finish(job, hashing.states);
    else setImmediate(() => this.#continueHere(job, hashing));
  }

  #finish({ tasks, digesters, isHurried }: Job, states: readonly DigestState[]): void {
    for (const [index, state] of states.entries()) digesters[index]!.advance(tasks[index]!, state);
    // Not before: what is told first may bring more to hash, and others of this job are still to be told.
    this.#job = undefined;
    // The rest of a part that was too long for this job is as urgent as what was done of it.
    const isUrgent = this.#isHurried || (isHurried && digesters.some(({ hasWork }) => hasWork));
    this.#isHurried = false;
    this.#schedule(isUrgent && this.#isWaitedFor());
  }

  /** A thread that fails is not replaced: what made it fail would make the next one fail. */
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

/** Whether it can keep a lane busy. More than a task, as a part of just one is about to end. */
function isFull({ hasWork, hasEnded, pendingBytes }: LaneDigester): boolean {
  return hasWork && (hasEnded || pendingBytes > MAX_TASK);
}
