import { KERNEL_BYTES, Kernels, MAIN_AREA } from "./kernels.ts";
import { WASM_PAGE, type WasmMemory, type WasmModule, webAssembly } from "./web-assembly.ts";

/**
 * Memory in which bytes are digested without a copy, by this thread and by another. Its size is fixed. Pages that were never written cost
 * address space only.
 */
export class KernelMemory {
  /** The memory that is posted to the other thread. */
  readonly memory: WasmMemory;
  /** The functions of this thread over it. */
  readonly kernels: Kernels;
  /** The bytes that can be filled. */
  readonly data: Uint8Array;

  /** @param dataBytes Bytes that can be filled. */
  constructor(module: WasmModule, dataBytes: number) {
    const pages = Math.ceil((KERNEL_BYTES + dataBytes) / WASM_PAGE);
    this.memory = new (webAssembly().Memory)({ initial: pages, maximum: pages, shared: true });
    this.kernels = new Kernels(module, this.memory, MAIN_AREA);
    this.kernels.prepare();
    this.data = new Uint8Array(this.memory.buffer, KERNEL_BYTES, dataBytes);
  }
}
