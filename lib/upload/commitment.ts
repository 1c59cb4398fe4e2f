import type { CallContext } from "../cos/execute.ts";
import type { Outcome } from "../errors.ts";
import { type ExpectedObject, isAmbiguous } from "./settle.ts";

/**
 * The making of an object. From the moment it is asked for, the object may exist, whatever comes back: the outcome depends on
 * all attempts, not on the last error.
 */
export class Commitment {
  readonly object: ExpectedObject;
  #made = false;
  #doubtful = false;
  #outcome: Outcome | undefined;
  #over: Promise<void> = Promise.resolve();

  constructor(object: ExpectedObject) {
    this.object = object;
  }

  /** Undefined while it runs. */
  get outcome(): Outcome | undefined {
    return this.#outcome;
  }

  /** Whether an attempt may have made the object although it failed. */
  get doubtful(): boolean {
    return this.#doubtful;
  }

  /** Resolves when nothing of it runs any more. */
  get over(): Promise<void> {
    return this.#over;
  }

  /** COS said that it made the object, be it right or not. */
  made(): void {
    this.#made = true;
  }

  /** An attempt failed. */
  failed(error: unknown): void {
    this.#doubtful ||= isAmbiguous(error);
  }

  async run<T>(
    context: CallContext,
    commit: (context: CallContext, commitment: Commitment) => Promise<T>,
  ): Promise<T> {
    const watched: CallContext = {
      ...context,
      onRetry: (notice) => {
        this.failed(notice.error);
        context.onRetry?.(notice);
      },
    };
    const running = commit(watched, this);
    this.#over = running.then(
      () => {
        this.#outcome = "completed";
      },
      () => {
        const unknown = this.#doubtful || context.signal.aborted;
        this.#outcome = this.#made ? "completed" : unknown ? "unknown" : "not-completed";
      },
    );
    await this.#over;
    return await running;
  }

  /** What was found out about an unknown outcome. */
  settle(outcome: Outcome): void {
    this.#outcome = outcome;
  }
}
