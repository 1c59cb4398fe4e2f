import { MIB } from "../limits.ts";
import type { StreamMemory } from "../memory/stream-memory.ts";
import type { PartAssembler } from "../parts/assembler.ts";
import type { WriteCallback } from "./byte-writable.ts";
import type { IdleWatch } from "./idle-watch.ts";

/**
 * Bytes that are taken before sockets and timers have their turn. A source that is always ready would else fill all the
 * memory there is in one go, tens of milliseconds in which nothing is sent.
 */
const TURN: number = 4 * MIB;

export interface IntakeOptions {
  readonly assembler: PartAssembler;
  readonly memory: StreamMemory;
  readonly idle: IdleWatch;
  /** What must be over before the first byte is taken. When it fails, the writer is let go by `abandon`. */
  readonly open?: (() => Promise<void>) | undefined;
  /** Refuses bytes before any of them is taken, by throwing. */
  readonly check: (received: number) => void;
  /** The writer is held back until memory is free. */
  readonly onHeldBack: () => void;
  /** Bytes taken so far, told whenever the writer is let go or held back. */
  readonly onTaken: (received: number) => void;
}

/** The way of written chunks into parts: the one place where a writer waits, and part memory all it waits for. */
export class Intake {
  readonly #options: IntakeOptions;
  #heldBack: WriteCallback | undefined;
  #open: (() => Promise<void>) | undefined;
  /** `taken` at which the others have their turn. */
  #turnEnds = TURN;
  #turn: NodeJS.Immediate | undefined;

  constructor(options: IntakeOptions) {
    this.#options = options;
    this.#open = options.open;
  }

  /** Calls back when all bytes of the chunk are in parts: they are the caller's again. Tiny writes are as many as they come: nothing is made for each. */
  takeOne(chunk: Uint8Array, callback: WriteCallback): void {
    const { assembler, idle, check, onTaken } = this.#options;
    const end = assembler.taken + chunk.byteLength;
    if (end > this.#turnEnds || this.#open !== undefined) {
      this.take([chunk], callback);
      return;
    }
    try {
      check(end);
      const taken = assembler.write(chunk);
      if (taken < chunk.byteLength) {
        this.#holdBack(() => this.#takeFrom([chunk], 0, taken, callback), callback);
        return;
      }
      idle.touch();
      onTaken(end);
    } catch (error) {
      callback(error as Error);
      return;
    }
    callback();
  }

  /** The same for many. */
  take(chunks: readonly Uint8Array[], callback: WriteCallback): void {
    const { assembler, check } = this.#options;
    const end = chunks.reduce((sum, chunk) => sum + chunk.byteLength, assembler.taken);
    try {
      check(end);
    } catch (error) {
      callback(error as Error);
      return;
    }
    if (this.#open !== undefined && end > 0) this.#takeOnceOpen(this.#open, chunks, callback);
    else this.#takeFrom(chunks, 0, 0, callback);
  }

  /** Lets a writer go that is held back, with an error; its bytes are not taken. */
  abandon(errorOf: () => Error): void {
    this.#options.memory.stopWaiting();
    clearImmediate(this.#turn);
    this.#heldBack?.(errorOf());
    this.#heldBack = undefined;
  }

  #takeOnceOpen(open: () => Promise<void>, chunks: readonly Uint8Array[], callback: WriteCallback): void {
    const { idle } = this.#options;
    this.#heldBack = callback;
    idle.touch();
    idle.pause();
    open().then(
      () => {
        if (this.#heldBack === undefined) return;
        this.#open = undefined;
        idle.resume();
        this.#takeFrom(chunks, 0, 0, callback);
      },
      () => {},
    );
  }

  /** Takes the chunks from `index` on, the first of them from byte `from`; goes on when memory is free. */
  #takeFrom(chunks: readonly Uint8Array[], index: number, from: number, callback: WriteCallback): void {
    const { assembler, idle, onTaken } = this.#options;
    this.#heldBack = undefined;
    try {
      for (let i = index, start = from; i < chunks.length; i++, start = 0) {
        const chunk = chunks[i]!;
        const end = Math.min(chunk.byteLength, start + this.#turnEnds - assembler.taken);
        const taken = assembler.write(chunk, start, end);
        if (taken === chunk.byteLength) continue;
        const goOn = (): void => this.#takeFrom(chunks, i, taken, callback);
        if (taken === end) this.#endTurn(goOn, callback);
        else this.#holdBack(goOn, callback);
        return;
      }
      idle.touch();
      onTaken(assembler.taken);
    } catch (error) {
      callback(error as Error);
      return;
    }
    callback();
  }

  #endTurn(goOn: () => void, callback: WriteCallback): void {
    const { assembler, onTaken } = this.#options;
    this.#heldBack = callback;
    this.#turn = setImmediate(() => {
      this.#turnEnds = assembler.taken + TURN;
      goOn();
    });
    onTaken(assembler.taken);
  }

  #holdBack(goOn: () => void, callback: WriteCallback): void {
    const { assembler, memory, idle, onHeldBack, onTaken } = this.#options;
    this.#heldBack = callback;
    idle.pause();
    memory.whenReleased(() => {
      this.#turnEnds = assembler.taken + TURN;
      idle.resume();
      goOn();
    });
    onHeldBack();
    // Parts of this chunk may be on their way already: they must not be ahead of what was received.
    onTaken(assembler.taken);
  }
}
