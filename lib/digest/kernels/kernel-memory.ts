import { CosUploadError } from "../../errors.ts";
import type { MemoryShare } from "./kernel-memories.ts";
import { KERNEL_BYTES, Kernels, MAIN_AREA, WORKER_AREA } from "./kernels.ts";
import { WASM_PAGE, type WasmMemory, type WasmModule, webAssembly } from "./web-assembly.ts";

/**
 * Memory in which bytes are digested without a copy, by this thread and by others. Its size is fixed. Pages that were never written cost
 * address space only. V8 reserves 8 to 10 GiB of address space for each memory, whatever its size.
 */
export class KernelMemory implements MemoryShare {
  readonly memory: WasmMemory;
  readonly kernels: Kernels;
  readonly workerArea: number = WORKER_AREA;
  /** The bytes that can be filled. */
  readonly data: Uint8Array;

  /**
   * @param dataBytes Bytes that can be filled.
   * @throws CosUploadError `ERR_COS_NO_MEMORY`.
   */
  constructor(module: WasmModule, dataBytes: number) {
    this.memory = createMemory(Math.ceil((KERNEL_BYTES + dataBytes) / WASM_PAGE));
    this.kernels = new Kernels(module, this.memory, MAIN_AREA);
    this.kernels.prepare();
    this.data = new Uint8Array(this.memory.buffer, KERNEL_BYTES, dataBytes);
  }
}

function createMemory(pages: number): WasmMemory {
  const { Memory } = webAssembly();
  try {
    return new Memory({ initial: pages, maximum: pages, shared: true });
  } catch (cause) {
    throw new CosUploadError(
      "ERR_COS_NO_MEMORY",
      `The system has no address space for ${pages * WASM_PAGE} bytes of memory that WebAssembly can use; raise the limit of the ` +
        "process (ulimit -v), or start Node.js with --disable-wasm-trap-handler, with which it reserves no more than it uses",
      { cause },
    );
  }
}
