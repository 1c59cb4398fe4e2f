import type { Action } from "./index.ts";

/** Digests of bytes that are in memory already, by one kernel, on one core. */
export const kernel: Action = async ({ subjects = [] }) => {
  throw new Error(`no such kernel: ${subjects.join()}`);
};
