import { CosAbortError, CosUploadError } from "../errors.ts";

/** The running calls of a client: from the call of a method until its promise resolves or rejects, retries included. */
export class RunningCalls {
  readonly #running = new Set<Promise<unknown>>();
  #isClosed = false;

  /** @throws CosUploadError `ERR_COS_CLOSED` after {@link refuse}. */
  assertOpen(): void {
    if (this.#isClosed) throw new CosUploadError("ERR_COS_CLOSED", "This client was closed; make a new one");
  }

  /** Refuses all further calls. */
  refuse(): void {
    this.#isClosed = true;
  }

  async run<T>(call: Promise<T>): Promise<T> {
    this.#running.add(call);
    try {
      return await call;
    } finally {
      this.#running.delete(call);
    }
  }

  /**
   * The items of a listing. It is under way only while its next item is waited for: a consumer that stopped in the middle may never
   * come back. So abort and close are looked for at each item.
   */
  async *list<T>(
    items: AsyncGenerator<T, void, undefined>,
    signal: AbortSignal,
  ): AsyncGenerator<T, void, undefined> {
    try {
      for (;;) {
        this.assertOpen();
        const next = await this.run(items.next());
        if (next.done) return;
        if (signal.aborted) throw new CosAbortError(signal.reason);
        yield next.value;
      }
    } finally {
      await items.return();
    }
  }

  /** Resolves when none is left. */
  async idle(): Promise<void> {
    while (this.#running.size > 0) await Promise.allSettled(this.#running);
  }
}
