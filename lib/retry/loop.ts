import { sleep } from "../abort.ts";
import type { CosUploadError } from "../errors.ts";
import { type AttemptHistory, decide, MAX_REAUTHENTICATIONS, type RetryOptions } from "./policy.ts";

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
  /** Renews credentials or clock after an attempt; false when there is nothing to renew. */
  readonly reauthenticate: (error: unknown) => Promise<boolean> | boolean;
  readonly random: () => number;
  readonly failover?: Failover | undefined;
}

/** Another host for the request. */
export interface Failover {
  /** Whether there is one, after an attempt that failed at the present host. */
  readonly isAvailable: boolean;
  /** Further attempts are made there. */
  failOver(error: unknown): void;
}

const INITIAL_HISTORY: AttemptHistory = {
  attempts: 0,
  retriedStale: false,
  reauthentications: 0,
  canFailOver: false,
};

/** The result of the attempts. */
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
  const { failover, reauthenticate, random, signal } = options;
  let history: AttemptHistory = INITIAL_HISTORY;
  for (let attempts = 1; ; attempts++) {
    signal.throwIfAborted();
    try {
      return { value: await attempt(attempts), attempts };
    } catch (error) {
      if (signal.aborted) throw error;
      const counted = {
        ...history,
        attempts: history.attempts + 1,
        canFailOver: failover?.isAvailable ?? false,
      };
      let decision = decide(error, counted, options.retry, random());
      if (decision.action === "reauthenticate" && !(await reauthenticate(error))) {
        const exhausted = { ...counted, reauthentications: MAX_REAUTHENTICATIONS };
        decision = decide(error, exhausted, options.retry, random());
      }
      if (decision.action === "fail") throw error;
      if (decision.action === "failOver") failover?.failOver(error);
      if ("delay" in decision) history = counted;
      else if (decision.action === "retryStale") history = { ...history, retriedStale: true };
      else history = { ...history, reauthentications: history.reauthentications + 1 };
      const delay = "delay" in decision ? decision.delay : 0;
      options.onRetry?.({ attempt: attempts, delay, error: error as CosUploadError });
      if (delay > 0) await sleep(delay, signal);
    }
  }
}
