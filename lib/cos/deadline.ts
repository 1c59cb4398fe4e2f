import { onAbort } from "../abort.ts";
import { clearTimeout, setTimeout } from "../timers.ts";

/** How long something of the caller's is waited for: a provider of credentials, or a signer, may never answer. */
export interface Deadline {
  /** Whether the wait ended because the time was over. */
  readonly hasPassed: boolean;
  /** Waits for a promise, and no longer than this allows. @throws What the promise rejects with, or why the wait ended. */
  race<T>(promise: Promise<T>): Promise<T>;
}

/** Waits for ever. */
export const NO_DEADLINE: Deadline = { hasPassed: false, race: (promise) => promise };

export interface DeadlineOptions {
  /** Ends the wait with its reason. */
  readonly signal: AbortSignal;
  readonly milliseconds: number;
  /** The error when the time is over. */
  readonly expired: () => Error;
}

/** Runs something under a deadline of its own. */
export async function withDeadline<T>(
  { signal, milliseconds, expired }: DeadlineOptions,
  run: (deadline: Deadline) => Promise<T>,
): Promise<T> {
  let hasPassed = false;
  let timer: NodeJS.Timeout | undefined;
  let stopListening = (): void => {};
  const over = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      hasPassed = true;
      reject(expired());
    }, milliseconds);
    stopListening = onAbort(signal, () => reject(signal.reason));
  });
  // It may come while nothing is waited for.
  over.catch(() => {});
  try {
    return await run({
      get hasPassed() {
        return hasPassed;
      },
      race: (promise) => Promise.race([promise, over]),
    });
  } finally {
    clearTimeout(timer);
    stopListening();
  }
}
