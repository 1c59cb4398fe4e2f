import type { Worker } from "node:worker_threads";
import { clearTimeout, setTimeout } from "../timers.ts";
import type { DigestState, HashTask } from "./hash-job.ts";
import type { KernelMemories } from "./kernels/kernel-memories.ts";
import type { WasmMemory, WasmModule } from "./kernels/web-assembly.ts";

/** What the thread gets when it starts. */
export interface ThreadData {
  readonly module: WasmModule;
}

/** A memory, and the address of the area in it that the thread writes to. */
export interface ThreadMemory {
  readonly memory: WasmMemory;
  readonly area: number;
}

/** A job, and the memories that were added since the last job; their numbers continue. The answer is the states. */
export interface ThreadMessage {
  readonly memories: readonly ThreadMemory[];
  readonly tasks: readonly HashTask[];
}

export interface HashThreadListener {
  hashed(states: readonly DigestState[]): void;
  /** The thread is dead, or does not answer. Its job was not done. */
  failed(): void;
}

/**
 * Milliseconds without an answer after which the thread is not used any more; a job takes about 20. They are counted twice, because in a
 * process that was stopped all timers have expired when it continues.
 */
export const MAX_SILENCE = 5000;

/** A thread that computes digests. Without a job it does not keep the process alive. */
export class HashThread {
  readonly #memories: KernelMemories;
  readonly #maxSilence: number;
  readonly #worker: Worker | undefined;
  readonly #fail: () => void;
  /** Number of memories that the thread knows. */
  #known = 0;
  #state: "starting" | "running" | "over" = "starting";
  #isBusy = false;
  #deadline: NodeJS.Timeout | undefined;
  #exited: Promise<unknown> | undefined;

  /** @param source The program of the thread. */
  constructor(
    memories: KernelMemories,
    listener: HashThreadListener,
    source: () => string,
    maxSilence: number = MAX_SILENCE,
  ) {
    this.#memories = memories;
    this.#maxSilence = maxSilence;
    this.#fail = () => {
      if (this.#state === "over") return;
      this.#end();
      if (this.#isBusy) listener.failed();
    };
    this.#worker = startWorker({ module: memories.module }, source);
    if (this.#worker === undefined) {
      this.#state = "over";
      return;
    }
    const worker = this.#worker;
    worker.once("online", () => {
      if (this.#state === "starting") this.#state = "running";
    });
    worker.on("message", (states: readonly DigestState[]) => {
      // After the end of the thread, no code waits for the answer, or the job was done again.
      if (this.#state === "over") return;
      this.#isBusy = false;
      clearTimeout(this.#deadline);
      worker.unref();
      listener.hashed(states);
    });
    // The error is not needed: digests are computed without the thread.
    worker.on("error", this.#fail);
    worker.on("messageerror", this.#fail);
    worker.on("exit", this.#fail);
    // Must be last: a listener for messages keeps the process alive.
    worker.unref();
  }

  /** Whether it can take jobs. */
  get isRunning(): boolean {
    return this.#state === "running";
  }

  /** Does a job. Only one at a time. */
  run(tasks: readonly HashTask[]): void {
    const memories: ThreadMemory[] = [];
    for (; this.#known < this.#memories.count; this.#known++) {
      const { memory, workerArea } = this.#memories.at(this.#known);
      memories.push({ memory, area: workerArea });
    }
    this.#isBusy = true;
    // Keeps the process alive: a stream waits for the digests, and perhaps no socket is in use.
    this.#worker?.ref();
    this.#worker?.postMessage({ memories, tasks } satisfies ThreadMessage);
    this.#deadline = setTimeout(() => {
      this.#deadline = setTimeout(this.#fail, this.#maxSilence);
    }, this.#maxSilence);
  }

  /** @returns Whether the thread has ended. One that does not end may still write to the memories. */
  async close(): Promise<boolean> {
    this.#end();
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<boolean>((resolve) => {
      timer = setTimeout(resolve, this.#maxSilence, false);
    });
    const exited = this.#exited?.then(() => true);
    return await Promise.race([exited ?? true, late]).finally(() => clearTimeout(timer));
  }

  #end(): void {
    this.#state = "over";
    clearTimeout(this.#deadline);
    this.#exited ??= this.#worker?.terminate();
  }
}

/** `undefined` if the process has no permission to start a thread. */
function startWorker(workerData: ThreadData, source: () => string): Worker | undefined {
  try {
    // Without the flags of the process: they may load modules that this thread does not need, and threads refuse some flags.
    // Loaded only here: most programs never start a thread.
    const { Worker } = process.getBuiltinModule("node:worker_threads");
    return new Worker(source(), {
      // A bundler would leave out a file beside this one.
      eval: true,
      name: "cos-upload-stream hash",
      workerData,
      execArgv: [],
      // It makes few objects, so a small heap is enough.
      resourceLimits: { maxYoungGenerationSizeMb: 2 },
    });
  } catch {
    return undefined;
  }
}
