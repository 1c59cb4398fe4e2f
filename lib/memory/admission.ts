/** What one stream holds, in bytes. */
export class Claim {
  /** Most that the stream may hold. */
  cap = 0;
  /** Size of the open part: the part that is being filled. 0 without one. */
  planned = 0;
  /** Held by the open part. */
  open = 0;
  /** Held by parts that need nothing more from their source. */
  full = 0;
  /** Whether the rest of the open part is set aside for it. */
  admitted = false;

  get held(): number {
    return this.open + this.full;
  }
}

/**
 * Who may take how much of a client's memory: arithmetic only.
 *
 * Full parts come back by themselves; open parts come back only when they can be filled. So half of the budget is
 * **shared**: open parts take of it what they use, which is all that small streams ever do. A part that finds this half
 * used up is **admitted** when all of it fits beside what is shared: its rest is set aside for it. Invariants:
 *
 *     held   = open + full bytes of all claims <= limit
 *     shared = open bytes of claims that are not admitted <= limit / 2
 *     shared + planned bytes of claims that are admitted <= limit
 *     open = 0 where planned > limit / 2 and not admitted
 *
 * Nothing can stand still for want of memory: all admitted parts can be filled together, as what they lack is free or
 * comes back. When none is left, any part of at most half the budget can be admitted, as `shared + planned <= limit`.
 * And when no such part is left either, nothing is shared, and a larger part can be admitted.
 *
 * Parts whose sources fall silent keep what they hold and, once admitted, what was set aside. The others go on, one
 * after the other at least, as long as the largest of their parts fits half the budget beside all parts of silent sources.
 */
export class Admission {
  readonly limit: number;
  readonly #half: number;
  #held = 0;
  #inFlight = 0;
  #shared = 0;
  #admitted = 0;

  /** @param limit Bytes that all claims together may hold. */
  constructor(limit: number) {
    this.limit = limit;
    this.#half = Math.floor(limit / 2);
  }

  /** Bytes that are held. */
  get held(): number {
    return this.#held;
  }

  /** Bytes that come back by themselves. */
  get inFlight(): number {
    return this.#inFlight;
  }

  /** Whether the open part of the claim may take `size` bytes now. */
  allows(claim: Claim, size: number): boolean {
    const fits = this.#held + size <= this.limit && claim.held + size <= claim.cap;
    return fits && (claim.admitted || this.#mayShare(claim, size) || this.#mayBeAdmitted(claim));
  }

  /**
   * Books `size` bytes that are allowed.
   *
   * @returns Whether the part was admitted for it. What it had shared can be used by others then.
   */
  take(claim: Claim, size: number): boolean {
    const isAdmittedNow = !claim.admitted && !this.#mayShare(claim, size);
    if (isAdmittedNow) {
      claim.admitted = true;
      this.#admitted += claim.planned;
      this.#shared -= claim.open;
    } else if (!claim.admitted) {
      this.#shared += size;
    }
    claim.open += size;
    this.#held += size;
    return isAdmittedNow;
  }

  /** The open part needs nothing more: from now on it is a full one. */
  complete(claim: Claim): void {
    if (claim.admitted) this.#admitted -= claim.planned;
    else this.#shared -= claim.open;
    this.#inFlight += claim.open;
    claim.full += claim.open;
    claim.open = 0;
    claim.planned = 0;
    claim.admitted = false;
  }

  /** Bytes of full parts came back. */
  release(claim: Claim, size: number): void {
    if (size > claim.full) throw new RangeError("Released from a part that is not complete");
    claim.full -= size;
    this.#inFlight -= size;
    this.#held -= size;
  }

  #mayShare(claim: Claim, size: number): boolean {
    const shared = this.#shared + size;
    return claim.planned <= this.#half && shared <= this.#half && shared + this.#admitted <= this.limit;
  }

  #mayBeAdmitted(claim: Claim): boolean {
    return this.#shared - claim.open + this.#admitted + claim.planned <= this.limit;
  }
}
