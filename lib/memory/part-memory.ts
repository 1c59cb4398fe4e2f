import { MIB } from "../limits.ts";

/** Where the segments of parts come from. */
export interface SegmentSource {
  /**
   * A segment with undefined content, of at most `size` bytes. If it is shorter, its size is a multiple of 64. `undefined` if there is no
   * memory now.
   */
  acquire(size: number): Uint8Array | undefined;
}

/** The memory of the parts of one stream. */
export interface PartMemory extends SegmentSource {
  /** Bytes that parts hold now. */
  readonly held: number;
  /** Whether a write waits for memory. */
  readonly waiting: boolean;
  /**
   * A part begins. The part before it is complete.
   *
   * @param partSize Most bytes that it takes.
   * @param parts Number of parts of this size that the stream can hold from now on.
   */
  begin(partSize: number, parts: number): void;
  /** The part that is being filled takes nothing more from its source. */
  complete(): void;
  /** @param segments Segments of complete parts. */
  release(segments: readonly Uint8Array[]): void;
  /** Calls back once, when `acquire` can be tried again. */
  whenReleased(callback: () => void): void;
  /** The callback is not called any more. */
  stopWaiting(): void;
  /** Returns everything. No part is filled, sent or read any more. */
  clear(): void;
}

/**
 * Memory without a limit, for parts that are passed on: each segment is new, and belongs to the code that gets it. It can be closed and
 * opened again, and gives nothing while it is closed.
 */
export class UnboundedMemory implements PartMemory {
  readonly held = 0;
  #isOpen = true;
  #callback: (() => void) | undefined;

  get waiting(): boolean {
    return this.#callback !== undefined;
  }

  acquire(size: number): Uint8Array | undefined {
    return this.#isOpen ? Buffer.allocUnsafeSlow(Math.min(size, MIB)) : undefined;
  }

  close(): void {
    this.#isOpen = false;
  }

  /** Calls back what waits, in the call. */
  open(): void {
    const callback = this.#callback;
    this.#isOpen = true;
    this.#callback = undefined;
    callback?.();
  }

  whenReleased(callback: () => void): void {
    this.#callback = callback;
  }

  stopWaiting(): void {
    this.#callback = undefined;
  }

  begin(): void {}

  complete(): void {}

  release(): void {}

  clear(): void {}
}
