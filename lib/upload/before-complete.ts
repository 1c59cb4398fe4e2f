import { onAbort } from "../abort.ts";
import { CosUploadError, errorOf } from "../errors.ts";
import type { StreamSummary } from "../events.ts";
import type { BeforeComplete } from "../options.ts";
import { clearTimeout, setTimeout } from "../timers.ts";

/** What bounds the program's decision. */
export interface BeforeCompleteLimits {
  /** Aborted when the stream is destroyed; the decision is not waited for then. */
  readonly signal: AbortSignal;
  /** Milliseconds; 0 is off. */
  readonly timeout: number;
}

/**
 * Lets the program decide whether a stream that is whole by all that can be seen of it becomes an object.
 *
 * @throws What `beforeComplete` threw or rejected with; the signal's reason; CosUploadError `ERR_COS_TIMEOUT`.
 */
export async function askBeforeComplete(
  beforeComplete: BeforeComplete,
  summary: StreamSummary,
  { signal, timeout }: BeforeCompleteLimits,
): Promise<void> {
  const decision = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  let stopListening = (): void => {};
  const over = new Promise<never>((_, reject) => {
    const end = (error: unknown): void => {
      decision.abort(error);
      reject(error);
    };
    stopListening = onAbort(signal, () => end(signal.reason));
    if (timeout > 0) timer = setTimeout(() => end(timedOut(timeout)), timeout);
  });
  try {
    await Promise.race([decide(beforeComplete, summary, decision.signal), over]);
  } finally {
    clearTimeout(timer);
    stopListening();
  }
}

async function decide(
  beforeComplete: BeforeComplete,
  summary: StreamSummary,
  signal: AbortSignal,
): Promise<void> {
  // Not inside the caller's `end()`.
  await undefined;
  try {
    await beforeComplete(Object.freeze(summary), { signal });
  } catch (error) {
    throw errorOf(error);
  }
}

function timedOut(milliseconds: number): CosUploadError {
  return new CosUploadError(
    "ERR_COS_TIMEOUT",
    `"beforeComplete" did not settle within ${milliseconds} ms, the "timeout.beforeComplete"; the object was not made`,
  );
}
