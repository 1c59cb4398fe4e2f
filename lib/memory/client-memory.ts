import { Admission } from "./admission.ts";
import type { Slabs } from "./slabs.ts";
import { type CommonMemory, StreamMemory } from "./stream-memory.ts";
import { WaitingLine } from "./waiting-line.ts";

/**
 * The memory that all streams of one client share:
 *
 *     held = sum of what its streams hold <= limit
 *
 * However many streams there are, and whatever the size of their parts, each gets the memory it needs in the end, as long as full parts
 * are sent; `Admission` says why. The bytes that were asked for are counted. The last slab of a part may be used only partly, so the memory
 * that is really used can be a quarter larger with parts just above 1 MiB; with larger parts the difference is smaller.
 */
export class ClientMemory {
  readonly #common: CommonMemory;

  /**
   * @param limit Bytes that all streams together can hold; at least the size of the largest part.
   * @param admission The rule by which memory is given.
   */
  constructor(limit: number, slabs: Slabs, admission: Admission = new Admission(limit)) {
    this.#common = { admission, slabs, line: new WaitingLine() };
  }

  get limit(): number {
    return this.#common.admission.limit;
  }

  /** Bytes that parts of all streams hold now. */
  get held(): number {
    return this.#common.admission.held;
  }

  /** Number of streams that wait. */
  get waiting(): number {
    return this.#common.line.size;
  }

  /**
   * The memory of one more stream. It costs nothing until a part takes from it. `clear` ends it.
   *
   * @param limit Bytes that this stream can hold.
   */
  open(limit: number = this.limit): StreamMemory {
    return new StreamMemory(this.#common, limit);
  }
}
