import { Admission } from "./admission.ts";
import { SLAB_SIZE, type Slabs, slabsWithin } from "./slabs.ts";
import { type CommonMemory, StreamMemory } from "./stream-memory.ts";
import { WaitingLine } from "./waiting-line.ts";

/**
 * The memory that all streams of one client share:
 *
 *     held = slabs that its streams hold × SLAB_SIZE <= limit
 *
 * What is held is counted: whole slabs, even if the last slab of a part is used only partly. However many streams there are, and whatever
 * the size of their parts, each gets the memory it needs in the end, as long as the sources continue and full parts are sent; `Admission`
 * says why.
 */
export class ClientMemory {
  /** Bytes that all streams together can hold. */
  readonly limit: number;
  readonly #common: CommonMemory;

  /**
   * @param limit Bytes that all streams together can hold; at least the slabs of the largest part.
   * @param admission The rule by which memory is given.
   */
  constructor(limit: number, slabs: Slabs, admission: Admission = new Admission(slabsWithin(limit))) {
    this.limit = limit;
    this.#common = { admission, slabs, line: new WaitingLine() };
  }

  /** Bytes that parts of all streams hold now. */
  get held(): number {
    return this.#common.admission.held * SLAB_SIZE;
  }

  /** Number of streams that wait. */
  get waiting(): number {
    return this.#common.line.size;
  }

  /**
   * The memory of one more stream. It costs nothing until a part takes from it. `clear` ends it.
   *
   * @param limit Bytes that this stream can hold. It uses whole slabs of them.
   */
  open(limit: number = this.limit): StreamMemory {
    return new StreamMemory(this.#common, slabsWithin(limit));
  }
}
