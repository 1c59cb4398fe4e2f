import type { CallContext } from "../cos/execute.ts";
import { HEADER } from "../cos/headers.ts";
import { steadyTime, wallTime } from "../timers.ts";
import type { Elapsed } from "./found-object.ts";
import { type Meaning, meaningOf } from "./proof.ts";

/** A moment, by two clocks of this machine: one stands still while it sleeps, and the other may be set. */
export interface Moment {
  readonly steady: number;
  readonly wall: number;
}

export function now(): Moment {
  return { steady: steadyTime(), wall: wallTime() };
}

/** The time between two moments: what the clocks say, at least and at most. */
export function between(from: Moment, to: Moment): Elapsed {
  const elapsed = [to.steady - from.steady, to.wall - from.wall];
  return { least: Math.min(...elapsed), most: Math.max(...elapsed) };
}

/** What came of the attempts at a request that makes something. */
export class AttemptLog {
  /** The context to make the request with. */
  readonly context: CallContext;
  readonly #versionIds = new Set<string>();
  #attempts = 1;
  /** The error of the first attempt that may have been carried out. */
  #doubt: { readonly error: unknown } | undefined;
  #firstSent: Moment | undefined;
  /** Whether all of an attempt was sent, and nothing is known of it yet. */
  #isPending = false;

  constructor(context: CallContext) {
    this.context = {
      ...context,
      onFullySent: () => {
        this.#isPending = true;
        this.#firstSent ??= now();
        context.onFullySent?.();
      },
      onHeaders: (headers) => {
        const versionId = headers[HEADER.versionId];
        // `null` is the one version of each object in a bucket whose versioning is suspended.
        if (versionId !== undefined && versionId !== "null") this.#versionIds.add(versionId);
        context.onHeaders?.(headers);
      },
      onRetry: (notice) => {
        this.failed(notice.error);
        this.#attempts = notice.attempt + 1;
        context.onRetry?.(notice);
      },
    };
  }

  /** The attempt under way failed. */
  failed(error: unknown): void {
    if (this.#isPending && meaningOf(error) === "in doubt") this.#doubt ??= { error };
    this.#isPending = false;
  }

  /** The error of the first attempt that may have been carried out although it failed. */
  get doubt(): { readonly error: unknown } | undefined {
    return this.#doubt;
  }

  /** Attempts so far. */
  get attempts(): number {
    return this.#attempts;
  }

  /** What they came to, all of them having failed. */
  get attempt(): {
    readonly meaning: Meaning;
    readonly firstSent: Moment | undefined;
    readonly versionIds: ReadonlySet<string>;
  } {
    const meaning = this.#doubt === undefined ? "not carried out" : "in doubt";
    return { meaning, firstSent: this.#firstSent, versionIds: this.#versionIds };
  }
}
