import type { KernelMemory } from "./kernel-memory.ts";
import type { WasmModule } from "./web-assembly.ts";

/** The memories of one client. Bytes are found in them by their buffer. */
export class KernelMemories {
  readonly module: WasmModule;
  readonly #memories: KernelMemory[] = [];
  readonly #numbers = new Map<ArrayBufferLike, number>();

  constructor(module: WasmModule) {
    this.module = module;
  }

  get count(): number {
    return this.#memories.length;
  }

  add(memory: KernelMemory): void {
    this.#numbers.set(memory.data.buffer, this.#memories.push(memory) - 1);
  }

  at(number: number): KernelMemory {
    return this.#memories[number]!;
  }

  /** Removes all of them, and returns them. */
  clear(): readonly KernelMemory[] {
    this.#numbers.clear();
    return this.#memories.splice(0);
  }

  /** The number of the memory that the bytes are in. */
  numberOf(bytes: Uint8Array): number {
    const number = this.#numbers.get(bytes.buffer);
    if (number === undefined) throw new RangeError("These bytes are in no memory of the kernels");
    return number;
  }
}
