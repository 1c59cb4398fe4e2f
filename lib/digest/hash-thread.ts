import type { Worker } from "node:worker_threads";
import type { DigestState, HashTask } from "./hash-job.ts";
import type { KernelMemories } from "./kernels/kernel-memories.ts";
import type { WasmMemory, WasmModule } from "./kernels/web-assembly.ts";

/** What the thread begins with. */
export interface ThreadData {
  readonly module: WasmModule;
}

/** A job, and the memories that were added since the last one; their numbers go on. Answered by the states. */
export interface ThreadMessage {
  readonly memories: readonly WasmMemory[];
  readonly tasks: readonly HashTask[];
}

export interface HashThreadListener {
  hashed(states: readonly DigestState[]): void;
  /** The thread is dead, or was given up; a job that it had was not done. */
  failed(): void;
}

/**
 * Milliseconds without an answer after which a thread is given up; a job takes some 20. They are counted twice, as a process that
 * was stopped finds its timers expired when it goes on.
 */
export const MAX_SILENCE = 5000;

/** A thread that hashes. Without a job it does not keep the process alive. */
export class HashThread {
  readonly #memories: KernelMemories;
  readonly #maxSilence: number;
  readonly #worker: Worker | undefined;
  readonly #fail: () => void;
  /** How many of the memories the thread knows. */
  #known = 0;
  #state: "starting" | "running" | "over" = "starting";
  #isBusy = false;
  #deadline: NodeJS.Timeout | undefined;
  #exited: Promise<unknown> | undefined;

  /** @param source What the thread runs, as it stands. */
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
      // After its end nobody waits for it, or it was done again.
      if (this.#state === "over") return;
      this.#isBusy = false;
      clearTimeout(this.#deadline);
      worker.unref();
      listener.hashed(states);
    });
    // What an error says is of no use, as hashing goes on without the thread.
    worker.on("error", this.#fail);
    worker.on("messageerror", this.#fail);
    worker.on("exit", this.#fail);
    // At last: who begins to listen for messages keeps the process alive.
    worker.unref();
  }

  /** Whether it takes jobs. */
  get isRunning(): boolean {
    return this.#state === "running";
  }

  /** One job at a time. */
  run(tasks: readonly HashTask[]): void {
    const memories: WasmMemory[] = [];
    for (; this.#known < this.#memories.count; this.#known++) {
      memories.push(this.#memories.at(this.#known).memory);
    }
    this.#isBusy = true;
    // Somebody waits for the digests, perhaps nobody but them: no socket is in use yet.
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

/** `undefined` where no thread may be started: a process can be run without the permission. */
function startWorker(workerData: ThreadData, source: () => string): Worker | undefined {
  try {
    // Without the flags of the process: what they preload is not for this thread, and some are refused in one.
    // Most programs never start one, and need not load it.
    const { Worker } = process.getBuiltinModule("node:worker_threads");
    return new Worker(source(), {
      // A file beside this one would be left behind by bundlers.
      eval: true,
      name: "cos-upload-stream hash",
      workerData,
      execArgv: [],
      // It makes few objects, which need not pile up.
      resourceLimits: { maxYoungGenerationSizeMb: 2 },
    });
  } catch {
    return undefined;
  }
}
