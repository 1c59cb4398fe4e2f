import type { PartMemory } from "../memory/part-memory.ts";
import type { PartAssembler } from "../parts/assembler.ts";
import type { WriteCallback } from "./byte-writable.ts";
import type { IdleWatch } from "./idle-watch.ts";

export interface IntakeOptions {
  readonly assembler: PartAssembler;
  readonly memory: PartMemory;
  readonly idle: IdleWatch;
  /** Refuses bytes before any of them is taken, by throwing. */
  readonly check: (received: number) => void;
  /** Bytes taken so far, told whenever the writer is let go or held back. */
  readonly onTaken: (received: number) => void;
}

/** The way of written chunks into parts: the one place where a writer waits, and part memory all it waits for. */
export class Intake {
  readonly #options: IntakeOptions;
  #heldBack: WriteCallback | undefined;

  constructor(options: IntakeOptions) {
    this.#options = options;
  }

  /** Calls back when all bytes of all chunks are in parts: they are the caller's again. */
  take(chunks: readonly Uint8Array[], callback: WriteCallback): void {
    const { assembler, check } = this.#options;
    try {
      check(chunks.reduce((sum, chunk) => sum + chunk.byteLength, assembler.taken));
    } catch (error) {
      callback(error as Error);
      return;
    }
    this.#takeFrom(chunks, 0, 0, callback);
  }

  /** Lets a writer go that is held back, with an error; its bytes are not taken. */
  abandon(error: Error): void {
    this.#options.memory.stopWaiting();
    this.#heldBack?.(error);
    this.#heldBack = undefined;
  }

  /** Takes the chunks from `index` on, the first of them from byte `from`; goes on when memory is free. */
  #takeFrom(chunks: readonly Uint8Array[], index: number, from: number, callback: WriteCallback): void {
    const { assembler, idle, onTaken } = this.#options;
    this.#heldBack = undefined;
    try {
      for (let i = index, start = from; i < chunks.length; i++, start = 0) {
        const chunk = chunks[i]!;
        const end = assembler.write(chunk, start);
        if (end < chunk.byteLength) {
          this.#holdBack(() => this.#takeFrom(chunks, i, end, callback), callback);
          return;
        }
      }
      idle.touch();
      onTaken(assembler.taken);
    } catch (error) {
      callback(error as Error);
      return;
    }
    callback();
  }

  #holdBack(goOn: () => void, callback: WriteCallback): void {
    const { assembler, memory, idle, onTaken } = this.#options;
    this.#heldBack = callback;
    idle.pause();
    memory.whenReleased(() => {
      idle.resume();
      goOn();
    });
    // Parts of this chunk may be on their way already: they must not be ahead of what was received.
    onTaken(assembler.taken);
  }
}
