import { setTimeout as sleep } from "node:timers/promises";
import type { CosUploadError } from "../errors.ts";
import { type AttemptHistory, decide, MAX_RESIGNED, type RetryOptions } from "./policy.ts";

/** A failed attempt that is followed by another. */
export interface RetryNotice {
  /** The attempt that failed, from 1. */
  readonly attempt: number;
  /** Milliseconds until the next. */
  readonly delay: number;
  readonly error: CosUploadError;
}

export interface RetryLoopOptions {
  readonly retry: RetryOptions;
  readonly signal: AbortSignal;
  readonly onRetry?: ((notice: RetryNotice) => void) | undefined;
  /** Mends credentials or clock after an attempt; false when there is nothing to mend. */
  readonly resign: (error: unknown) => Promise<boolean> | boolean;
  readonly random: () => number;
  readonly elsewhere?: Elsewhere | undefined;
}

/** Another host for the request. */
export interface Elsewhere {
  /** Whether there is one, after an attempt that failed at the present host. */
  readonly isOpen: boolean;
  /** Further attempts are made there. */
  move(error: unknown): void;
}

/** What the attempts came to. */
export interface Retried<T> {
  readonly value: T;
  /** Requests made, each one counted. */
  readonly attempts: number;
}

/**
 * Runs `attempt` until it succeeds, fails for good, runs out of attempts, or `signal` is aborted: that ends a wait at once with
 * the signal's reason, and an attempt with its own error.
 */
export async function retry<T>(
  attempt: (number: number) => Promise<T>,
  options: RetryLoopOptions,
): Promise<Retried<T>> {
  let history: AttemptHistory = { charged: 0, replayed: false, resigned: 0, elsewhere: false };
  for (let attempts = 1; ; attempts++) {
    options.signal.throwIfAborted();
    try {
      return { value: await attempt(attempts), attempts };
    } catch (error) {
      if (options.signal.aborted) throw error;
      const elsewhere = options.elsewhere?.isOpen ?? false;
      const charged = { ...history, charged: history.charged + 1, elsewhere };
      let decision = decide(error, charged, options.retry, options.random());
      if (decision.action === "resign" && !(await options.resign(error))) {
        decision = decide(error, { ...charged, resigned: MAX_RESIGNED }, options.retry, options.random());
      }
      if (decision.action === "fail") throw error;
      const delay = "delay" in decision ? decision.delay : 0;
      if (decision.action === "move") options.elsewhere?.move(error);
      if ("delay" in decision) history = charged;
      else if (decision.action === "replay") history = { ...history, replayed: true };
      else history = { ...history, resigned: history.resigned + 1 };
      options.onRetry?.({ attempt: attempts, delay, error: error as CosUploadError });
      if (delay > 0) await wait(delay, options.signal);
    }
  }
}

async function wait(milliseconds: number, signal: AbortSignal): Promise<void> {
  try {
    await sleep(milliseconds, undefined, { signal });
  } catch {
    signal.throwIfAborted();
  }
}
