import { KIB, MIB } from "../limits.ts";

/** What bounds an attempt. Milliseconds. */
export interface AttemptLimits {
  /** For the whole attempt, unless it keeps moving. */
  readonly deadline: number;
  /** Without a byte in either direction; 0 is off. */
  readonly stall: number;
  /** The option that the deadline comes from, for the message. */
  readonly deadlineOption?: string;
}

/** Why an attempt is given up. */
export type GivenUp =
  /** No byte moved for so long. */
  | { readonly givenUp: "stall"; readonly quiet: number }
  /** Its time is over, and it moves no more, or hardly. */
  | { readonly givenUp: "deadline" };

/** An attempt is given up, or it goes on and is looked at again after so many milliseconds. */
export type Verdict = GivenUp | { readonly lookAgainIn: number };

/** An attempt that moves more bytes per second than this is not ended by its deadline. */
const LEAST_RATE = 16 * KIB;
/**
 * A byte that the system took may still be on its way, in buffers that nobody here can look into: those of the socket, of proxies,
 * of the server. A stall of 30 s is 480 KiB at the least rate; so each 480 KiB in such buffers extend it once.
 */
const BYTES_PER_STALL = LEAST_RATE * 30;
/** While there is more to send, a socket takes more when a third of its buffer is free again, and shows only whole pieces of 1 MiB. */
const UNSEEN_WHILE_SENDING = 1.5 * MIB;
/** Behind the last byte, whole buffers are unseen. */
const UNSEEN_AT_THE_END = 8 * MIB;
const DEFAULT_STALL = 30_000;

/**
 * Decides when to give an attempt up, by what moves. A flat deadline breaks slow links, where a part of 8 MiB takes minutes;
 * and it waits too long for dead ones. Times are milliseconds, passed in.
 */
export class AttemptWatch {
  readonly #limits: AttemptLimits;
  readonly #size: number;
  #begin: number;
  #lastMove: number;
  #heldSince: number | undefined;
  /** Bytes of the body; undefined before there is a connection. */
  #taken: number | undefined;
  #isAnswering = false;

  /** @param size Of the body, in bytes. */
  constructor(limits: AttemptLimits, size: number, now: number) {
    this.#limits = limits;
    this.#size = size;
    this.#begin = now;
    this.#lastMove = now;
  }

  /** The attempt waits for this program, and not for the network: that time is not counted. */
  hold(now: number): void {
    this.#heldSince = now;
  }

  release(now: number): void {
    if (this.#heldSince === undefined) return;
    this.#begin += now - this.#heldSince;
    this.#lastMove += now - this.#heldSince;
    this.#heldSince = undefined;
  }

  /** The socket has taken so many bytes of the body, all in all: none, once there is a connection. */
  taken(bytes: number, now: number): void {
    this.#taken = bytes;
    this.#lastMove = now;
  }

  /** Bytes of the answer came. */
  received(now: number): void {
    this.#isAnswering = true;
    this.#lastMove = now;
  }

  verdict(now: number): Verdict {
    const { deadline, stall } = this.#limits;
    const counted = this.#heldSince ?? now;
    const elapsed = counted - this.#begin;
    const quiet = counted - this.#lastMove;
    const allowed = stall > 0 ? this.#quietFor(stall) : Number.POSITIVE_INFINITY;
    if (quiet >= allowed) return { givenUp: "stall", quiet };
    if (elapsed < deadline) return { lookAgainIn: Math.min(deadline - elapsed, allowed - quiet) };
    // Past its deadline, an attempt goes on as long as it would do so without one, if the stall were a quarter of it.
    const patience = Math.min(allowed, this.#quietFor(Math.min(stall || DEFAULT_STALL, deadline / 4)));
    const isMoving = quiet < patience && (this.#taken ?? 0) * 1000 >= LEAST_RATE * elapsed;
    return isMoving ? { lookAgainIn: patience - quiet } : { givenUp: "deadline" };
  }

  #quietFor(stall: number): number {
    if (this.#isAnswering || this.#taken === undefined) return stall;
    const most = this.#taken < this.#size ? UNSEEN_WHILE_SENDING : UNSEEN_AT_THE_END;
    return stall * (1 + Math.min(this.#size, most) / BYTES_PER_STALL);
  }
}
