import { Admission } from "./admission.ts";
import type { Slabs } from "./slabs.ts";
import { type CommonMemory, StreamMemory } from "./stream-memory.ts";
import { WaitingLine } from "./waiting-line.ts";

/**
 * The memory that all streams of one client have together:
 *
 *     held = sum of what its streams hold <= limit
 *
 * However many streams there are, whatever the size of their parts, each gets what it needs in the end, as long as parts
 * that are full are sent; `Admission` says why. Bytes are counted as they are asked for: a part's last slab, which may be
 * used in part only, can make memory touched up to a quarter larger with parts just above 1 MiB, and less with larger ones.
 */
export class ClientMemory {
  readonly #common: CommonMemory;

  /**
   * @param limit Bytes that all streams together may hold, at least the largest part's.
   * @param admission The rule by which they are given.
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

  /** How many streams wait. */
  get waiting(): number {
    return this.#common.line.size;
  }

  /**
   * The memory of one more stream. It costs nothing until a part takes from it, and ends with `clear`.
   *
   * @param limit Bytes that this stream may hold.
   */
  open(limit: number = this.limit): StreamMemory {
    return new StreamMemory(this.#common, limit);
  }
}
