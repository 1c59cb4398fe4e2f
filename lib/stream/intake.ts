import { errorOf } from "../errors.ts";
import { MIB } from "../limits.ts";
import type { StreamMemory } from "../memory/stream-memory.ts";
import type { PartAssembler } from "../parts/assembler.ts";
import { clearImmediate, nextTick, setImmediate } from "../timers.ts";
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

/**
 * The way of written chunks into parts: the one place where a writer waits, and part memory all it waits for. Nothing of the
 * program's is called before `take` has returned, but the callback of a chunk that was taken.
 */
export class Intake {
  readonly #options: IntakeOptions;
  /** The chunk that is being taken, and how far. */
  #chunk: Uint8Array | undefined;
  #at = 0;
  #callback: WriteCallback | undefined;
  #open: (() => Promise<void>) | undefined;
  /** `taken` at which the others have their turn. */
  #turnEnds = TURN;
  #turn: NodeJS.Immediate | undefined;
  /** In the order of the callbacks of writes that were not held back, which readable-stream calls in a tick as well. */
  readonly #goOnInTick = (): void => nextTick(this.#goOn);
  readonly #goOn = (): void => {
    if (this.#chunk === undefined) return;
    this.#turnEnds = this.#options.assembler.taken + TURN;
    this.#options.idle.resume();
    this.#take();
  };

  constructor(options: IntakeOptions) {
    this.#options = options;
    this.#open = options.open;
  }

  /** Calls back when all bytes of the chunk are in parts: they are the caller's again. Allocates nothing per write. */
  take(chunk: Uint8Array, callback: WriteCallback): void {
    this.#chunk = chunk;
    this.#at = 0;
    this.#callback = callback;
    const { assembler, check } = this.#options;
    try {
      check(assembler.taken + chunk.byteLength);
    } catch (error) {
      this.#letGo(errorOf(error));
      return;
    }
    if (this.#open !== undefined && chunk.byteLength > 0) this.#takeOnceOpen(this.#open);
    else this.#take();
  }

  /** Lets a writer go that is held back, with an error; its bytes are not taken. */
  abandon(error: Error): void {
    this.#options.memory.stopWaiting();
    clearImmediate(this.#turn);
    if (this.#chunk !== undefined) nextTick(this.#callback!, error);
    this.#chunk = undefined;
  }

  #takeOnceOpen(open: () => Promise<void>): void {
    const { idle } = this.#options;
    idle.touch();
    idle.pause();
    open().then(
      () => {
        this.#open = undefined;
        this.#goOnInTick();
      },
      () => {},
    );
  }

  /** Takes what is left of the chunk; goes on when memory is free. */
  #take(): void {
    const { assembler, idle, onTaken } = this.#options;
    const chunk = this.#chunk!;
    try {
      const size = chunk.byteLength;
      const end = Math.min(size, this.#at + this.#turnEnds - assembler.taken);
      this.#at = assembler.write(chunk, this.#at, end);
      if (this.#at < end) this.#holdBack();
      else if (end < size) this.#turn = setImmediate(this.#goOn);
      else idle.touch();
      // Parts of this chunk may be on their way already: they must not be ahead of what was received.
      onTaken(assembler.taken);
      if (this.#at < size) return;
    } catch (error) {
      this.#letGo(errorOf(error));
      return;
    }
    this.#letGo();
  }

  #letGo(error?: Error): void {
    const callback = this.#callback!;
    this.#chunk = undefined;
    this.#callback = undefined;
    callback(error);
  }

  #holdBack(): void {
    const { memory, idle, onHeldBack } = this.#options;
    idle.pause();
    memory.whenReleased(this.#goOnInTick);
    onHeldBack();
  }
}
