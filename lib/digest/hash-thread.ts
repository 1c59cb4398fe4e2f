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
  /** The thread is dead; a job that it had was not done. */
  failed(): void;
}

/** A thread that hashes. Without a job it does not keep the process alive. */
export class HashThread {
  readonly #memories: KernelMemories;
  readonly #worker: Worker | undefined;
  /** How many of the memories the thread knows. */
  #known = 0;
  #state: "starting" | "running" | "over" = "starting";
  #isBusy = false;

  /** @param source What the thread runs, as it stands. */
  constructor(memories: KernelMemories, listener: HashThreadListener, source: () => string) {
    this.#memories = memories;
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
      worker.unref();
      listener.hashed(states);
    });
    const fail = (): void => {
      if (this.#state === "over") return;
      this.#state = "over";
      if (this.#isBusy) listener.failed();
    };
    // An error is followed by `exit`; what it says is of no use, as hashing goes on without the thread.
    worker.on("error", fail);
    worker.on("exit", fail);
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
  }

  async close(): Promise<void> {
    this.#state = "over";
    await this.#worker?.terminate();
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
