/** What one stream holds, in slabs. */
export class Claim {
  /** Most that the stream may hold. */
  cap = 0;
  /** Size of the open part: the part that is being filled. 0 without one. */
  planned = 0;
  /** Slabs that the open part holds. */
  open = 0;
  /** Slabs that full parts hold: those that need no more bytes from their source. */
  full = 0;
  /** Whether the rest of the open part is reserved for it. */
  admitted = false;

  get held(): number {
    return this.open + this.full;
  }
}

/**
 * Decides who can take how many slabs of a client's memory. It only computes; it holds no memory.
 *
 * Full parts always return their memory; an open part returns it only if it can be filled. So half of the budget is **shared**: open
 * parts take from it what they use. Small streams need nothing else. When this half is used up, a part is **admitted** if the
 * whole part fits beside the shared half: its rest is reserved for it. Invariants:
 *
 *     held   = open + full slabs of all claims <= limit
 *     shared = open slabs of claims that are not admitted <= limit / 2
 *     shared + planned slabs of claims that are admitted <= limit
 *     open = 0 where planned > limit / 2 and not admitted
 *
 * So streams whose sources continue never block each other: all admitted parts can be filled, because what they lack is free or will be returned. When no
 * admitted part is left, any part of at most half of the budget can be admitted, because `shared + planned <= limit`. When no such
 * part is left either, nothing is shared, and a larger part can be admitted.
 *
 * A part whose source sends nothing keeps what it holds and, if it is admitted, what is reserved for it. The other parts continue, at
 * least one after another, if the largest of them fits in half of the budget beside all parts of silent sources.
 */
export class Admission {
  readonly limit: number;
  readonly #half: number;
  #held = 0;
  #inFlight = 0;
  #shared = 0;
  #admitted = 0;

  /** @param limit Slabs that all claims together may hold. */
  constructor(limit: number) {
    this.limit = limit;
    this.#half = Math.floor(limit / 2);
  }

  /** Slabs that are held now. */
  get held(): number {
    return this.#held;
  }

  /** Slabs of full parts, which are always returned. */
  get inFlight(): number {
    return this.#inFlight;
  }

  /** Whether the open part of the claim may take one more slab now. */
  allows(claim: Claim): boolean {
    const fits = this.#held < this.limit && claim.held < claim.cap;
    return fits && (claim.admitted || this.#mayShare(claim) || this.#mayBeAdmitted(claim));
  }

  /**
   * Records that one slab was taken, which must be allowed.
   *
   * @returns Whether the part was admitted for that. Then others can use what it had of the shared half.
   */
  take(claim: Claim): boolean {
    const isAdmittedNow = !claim.admitted && !this.#mayShare(claim);
    if (isAdmittedNow) {
      claim.admitted = true;
      this.#admitted += claim.planned;
      this.#shared -= claim.open;
    } else if (!claim.admitted) {
      this.#shared += 1;
    }
    claim.open += 1;
    this.#held += 1;
    return isAdmittedNow;
  }

  /** The open part needs no more bytes: it is a full part now. */
  complete(claim: Claim): void {
    if (claim.admitted) this.#admitted -= claim.planned;
    else this.#shared -= claim.open;
    this.#inFlight += claim.open;
    claim.full += claim.open;
    claim.open = 0;
    claim.planned = 0;
    claim.admitted = false;
  }

  /** One slab of a full part was returned. */
  release(claim: Claim): void {
    if (claim.full === 0) throw new RangeError("Released from a part that is not complete");
    claim.full -= 1;
    this.#inFlight -= 1;
    this.#held -= 1;
  }

  #mayShare(claim: Claim): boolean {
    const shared = this.#shared + 1;
    return claim.planned <= this.#half && shared <= this.#half && shared + this.#admitted <= this.limit;
  }

  #mayBeAdmitted(claim: Claim): boolean {
    return this.#shared - claim.open + this.#admitted + claim.planned <= this.limit;
  }
}
