/** What is used of WebAssembly: its types come with the DOM's only. */
interface WebAssemblyApi {
  readonly Module: new (binary: Uint8Array) => WasmModule;
  readonly Memory: new (descriptor: { initial: number; maximum: number; shared: true }) => WasmMemory;
  readonly Instance: new (
    module: WasmModule,
    imports: { env: { memory: WasmMemory } },
  ) => { readonly exports: unknown };
}

/** Compiled code. Can be posted to a thread. */
export interface WasmModule {
  readonly [Symbol.toStringTag]: string;
}

/** Shared memory of a fixed size. Can be posted to a thread, which then sees the same bytes. */
export interface WasmMemory {
  readonly buffer: SharedArrayBuffer;
}

/** Bytes of the unit that memories are sized in. */
export const WASM_PAGE: number = 64 * 1024;

/** Looked up at each use: a program may run where there is none. */
export function webAssembly(): WebAssemblyApi {
  return (globalThis as unknown as { WebAssembly: WebAssemblyApi }).WebAssembly;
}
