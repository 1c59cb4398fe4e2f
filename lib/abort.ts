import { types } from "node:util";
import { type Rule, wrongType } from "./check/rules.ts";
import { clearTimeout, setTimeout } from "./timers.ts";

interface Listening {
  readonly callbacks: Set<() => void>;
  readonly listener: () => void;
}

/** One listener for each signal, however many streams and calls wait for it: Node 20 warns when there are more than ten. */
const LISTENING = new WeakMap<AbortSignal, Listening>();

/** What a composite signal is made of, which lives as long as the signal does. */
const SOURCES = new WeakMap<AbortSignal, readonly AbortSignal[]>();

/**
 * Runs `callback` when the signal is aborted; at once if it is already. As long as this waits, the signal is not garbage.
 *
 * @returns What ends the waiting. It must be called, or the signal keeps its listener.
 */
export function onAbort(signal: AbortSignal, callback: () => void): () => void {
  if (signal.aborted) {
    callback();
    return () => {};
  }
  const { callbacks, listener } = LISTENING.get(signal) ?? listen(signal);
  // The same function may be given twice.
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
    // A signal that lives on keeps nothing of what it ended.
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
 * @throws The signal's reason, as soon as it is aborted.
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

/** The caller's signal, as it is. */
export const abortSignal: Rule<AbortSignal> = {
  type: "object",
  expected: "an AbortSignal",
  check(option, value, words = abortSignal.expected) {
    try {
      if (value instanceof AbortSignal) {
        // What only looks like a signal, such as a proxy, throws here.
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
 * Node 20 holds the sources of `AbortSignal.any` weakly, even while somebody listens: an `AbortSignal.timeout` among them would be
 * garbage, and its time would never come. Later versions hold them, and this finds nothing that is not held already.
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
