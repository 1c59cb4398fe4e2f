import { performance } from "node:perf_hooks";
import * as timers from "node:timers";
import * as promises from "node:timers/promises";

// Time and turns of the event loop as Node has them when this file is loaded. Test runners replace the globals by ones that stand
// still, and an upload that is under way goes on all the same.

export const clearImmediate: typeof timers.clearImmediate = timers.clearImmediate;
export const clearInterval: typeof timers.clearInterval = timers.clearInterval;
export const clearTimeout: typeof timers.clearTimeout = timers.clearTimeout;
export const setImmediate: typeof timers.setImmediate = timers.setImmediate;
export const setInterval: typeof timers.setInterval = timers.setInterval;
export const setTimeout: typeof timers.setTimeout = timers.setTimeout;
/** Resolves after so many milliseconds. */
export const delay: typeof promises.setTimeout = promises.setTimeout;
/** Resolves in the next turn of the event loop. */
export const nextTurn: () => Promise<void> = promises.setImmediate;
export const queueMicrotask: (callback: () => void) => void = globalThis.queueMicrotask;
export const nextTick: typeof process.nextTick = process.nextTick.bind(process);

const globalSetImmediate = globalThis.setImmediate;
/** Whether the globals, which dependencies use, are others by now. */
export const timersAreReplaced = (): boolean => globalThis.setImmediate !== globalSetImmediate;

/** Milliseconds since 1970. */
export const wallTime: () => number = Date.now;
/** Milliseconds that never go back. */
export const steadyTime: () => number = performance.now.bind(performance);

/** Time as it passes; tests pass their own. */
export interface Clock {
  /** Milliseconds that never go back. */
  now(): number;
  /** Runs `callback` later. @returns What takes it back. */
  after(milliseconds: number, callback: () => void): () => void;
}

export const SYSTEM_CLOCK: Clock = {
  now: steadyTime,
  after: (milliseconds, callback) => {
    const timer = setTimeout(callback, milliseconds);
    return () => clearTimeout(timer);
  },
};
