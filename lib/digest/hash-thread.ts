import { extname } from "node:path";
import { Worker } from "node:worker_threads";
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

/** A thread that hashes. It never keeps the process alive. */
export class HashThread {
  readonly #memories: KernelMemories;
  readonly #worker: Worker;
  /** How many of the memories the thread knows. */
  #known = 0;
  #state: "starting" | "running" | "over" = "starting";
  #isBusy = false;

  constructor(memories: KernelMemories, listener: HashThreadListener) {
    this.#memories = memories;
    const workerData: ThreadData = { module: memories.module };
    // The file beside this one, which is TypeScript where this one is.
    this.#worker = new Worker(new URL(`hash-thread-main${extname(import.meta.url)}`, import.meta.url), {
      name: "cos-upload-stream hash",
      workerData,
    });
    this.#worker.unref();
    this.#worker.once("online", () => {
      if (this.#state === "starting") this.#state = "running";
    });
    this.#worker.on("message", (states: readonly DigestState[]) => {
      this.#isBusy = false;
      listener.hashed(states);
    });
    const fail = (): void => {
      if (this.#state === "over") return;
      this.#state = "over";
      if (this.#isBusy) listener.failed();
    };
    // An error is followed by `exit`; what it says is of no use, as hashing goes on without the thread.
    this.#worker.on("error", fail);
    this.#worker.on("exit", fail);
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
    this.#worker.postMessage({ memories, tasks } satisfies ThreadMessage);
  }

  async close(): Promise<void> {
    this.#state = "over";
    await this.#worker.terminate();
  }
}
