import { KERNEL_BYTES, Kernels, MAIN_AREA } from "./kernels.ts";
import { WASM_PAGE, type WasmMemory, type WasmModule, webAssembly } from "./web-assembly.ts";

/**
 * Memory that bytes are hashed in where they lie, by this thread and by another. Its size is fixed; what was never written to
 * costs address space only.
 */
export class KernelMemory {
  /** What is posted to the other thread. */
  readonly memory: WasmMemory;
  /** This thread's functions over it. */
  readonly kernels: Kernels;
  /** What may be filled. */
  readonly data: Uint8Array;

  /** @param dataBytes Most bytes to be filled. */
  constructor(module: WasmModule, dataBytes: number) {
    const pages = Math.ceil((KERNEL_BYTES + dataBytes) / WASM_PAGE);
    this.memory = new (webAssembly().Memory)({ initial: pages, maximum: pages, shared: true });
    this.kernels = new Kernels(module, this.memory, MAIN_AREA);
    this.kernels.prepare();
    this.data = new Uint8Array(this.memory.buffer, KERNEL_BYTES, dataBytes);
  }
}
