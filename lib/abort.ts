import { types } from "node:util";
import { type Rule, wrongType } from "./check/rules.ts";
import { clearTimeout, setTimeout } from "./timers.ts";

interface Listening {
  readonly callbacks: Set<() => void>;
  readonly listener: () => void;
}

/** One listener per signal, even if many streams and calls wait for it: Node 20 warns if there are more than ten. */
const LISTENING = new WeakMap<AbortSignal, Listening>();

/** The sources of a composite signal. They live as long as the signal. */
const SOURCES = new WeakMap<AbortSignal, readonly AbortSignal[]>();

/**
 * Runs `callback` when the signal is aborted, or immediately if it is aborted already. While this waits, the signal is not collected.
 *
 * @returns A function that ends the waiting. It must be called; otherwise the signal keeps its listener.
 */
export function onAbort(signal: AbortSignal, callback: () => void): () => void {
  if (signal.aborted) {
    callback();
    return () => {};
  }
  const { callbacks, listener } = LISTENING.get(signal) ?? listen(signal);
  // The same function can be given twice.
  const own = (): void => callback();
  callbacks.add(own);
  return () => {
    if (!callbacks.delete(own) || callbacks.size > 0) return;
    signal.removeEventListener("abort", listener);
    LISTENING.delete(signal);
  };
}

function listen(signal: AbortSignal): Listening {
  const callbacks = new Set<() => void>();
  const listener = (): void => {
    const all = [...callbacks];
    // A signal that lives longer keeps nothing of what it ended.
    callbacks.clear();
    LISTENING.delete(signal);
    for (const callback of all) callback();
  };
  const listening = { callbacks, listener };
  signal.addEventListener("abort", listener, { once: true });
  LISTENING.set(signal, listening);
  return listening;
}

/**
 * Waits.
 *
 * @throws The reason of the signal, as soon as it is aborted.
 */
export async function sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  let stopListening = (): void => {};
  await new Promise<void>((resolve) => {
    timer = setTimeout(resolve, milliseconds);
    stopListening = onAbort(signal, resolve);
  });
  clearTimeout(timer);
  stopListening();
  signal.throwIfAborted();
}

/** The signal of the caller, unchanged. */
export const abortSignal: Rule<AbortSignal> = {
  type: "object",
  expected: "an AbortSignal",
  check(option, value, words = abortSignal.expected) {
    try {
      if (value instanceof AbortSignal) {
        // A value that only looks like a signal, such as a proxy, throws here.
        onAbort(value, () => {})();
        holdSources(value);
        return value;
      }
    } catch {
      // It is refused below.
    }
    throw wrongType(option, words, value);
  },
};

/**
 * Node 20 holds the sources of `AbortSignal.any` weakly, even while there are listeners: an `AbortSignal.timeout` among them can be
 * collected, and then it never aborts. Later versions hold the sources, so this changes nothing there.
 */
function holdSources(signal: AbortSignal): void {
  if (SOURCES.has(signal)) return;
  const name = Object.getOwnPropertySymbols(signal).find(
    ({ description }) => description === "kSourceSignals",
  );
  const references: unknown = name && Reflect.get(signal, name);
  if (!types.isSet(references)) return;
  // They are classes of Node's own, without the methods of these.
  const sources = [...Set.prototype.values.call(references)].map((reference) =>
    WeakRef.prototype.deref.call(reference),
  );
  SOURCES.set(
    signal,
    sources.filter((source) => source instanceof AbortSignal),
  );
}
