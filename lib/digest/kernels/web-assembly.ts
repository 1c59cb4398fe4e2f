/** The part of WebAssembly that is used here: its types belong to those of the DOM. */
interface WebAssemblyApi {
  readonly Module: new (binary: Uint8Array) => WasmModule;
  readonly Memory: new (descriptor: { initial: number; maximum: number; shared: true }) => WasmMemory;
  readonly Instance: new (
    module: WasmModule,
    imports: { env: { memory: WasmMemory } },
  ) => { readonly exports: unknown };
}

/** Compiled code. It can be posted to a thread. */
export interface WasmModule {
  readonly [Symbol.toStringTag]: string;
}

/** Shared memory of a fixed size. It can be posted to a thread, which then sees the same bytes. */
export interface WasmMemory {
  readonly buffer: SharedArrayBuffer;
}

/** The size of a page in bytes; memories have a number of pages. */
export const WASM_PAGE: number = 64 * 1024;

/** Looked up at each use, because some engines have none. */
export function webAssembly(): WebAssemblyApi {
  return (globalThis as unknown as { WebAssembly: WebAssemblyApi }).WebAssembly;
}
