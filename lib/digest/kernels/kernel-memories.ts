import type { Kernels } from "./kernels.ts";
import type { WasmMemory, WasmModule } from "./web-assembly.ts";

/** What a client has of a memory. */
export interface MemoryShare {
  /** The memory that is posted to the digest thread. */
  readonly memory: WasmMemory;
  /** The functions of the main thread over it. */
  readonly kernels: Kernels;
  /** Address of the area that the digest thread writes to. */
  readonly workerArea: number;
}

/** The memories in which a client has bytes. Bytes are found in them by their buffer. */
export class KernelMemories {
  readonly module: WasmModule;
  readonly #shares: MemoryShare[] = [];
  readonly #numbers = new Map<ArrayBufferLike, number>();

  constructor(module: WasmModule) {
    this.module = module;
  }

  get count(): number {
    return this.#shares.length;
  }

  add(share: MemoryShare): void {
    this.#numbers.set(share.memory.buffer, this.#shares.push(share) - 1);
  }

  at(number: number): MemoryShare {
    return this.#shares[number]!;
  }

  /** The number of the memory that the bytes are in. */
  numberOf(bytes: Uint8Array): number {
    const number = this.#numbers.get(bytes.buffer);
    if (number === undefined) throw new RangeError("These bytes are in no memory of the kernels");
    return number;
  }
}
