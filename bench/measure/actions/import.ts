import { Meter } from "../meter.ts";
import type { Action } from "./index.ts";

/** The first import of modules, in a process that has imported nothing else of them. */
export const importModules: Action = async ({ subjects = [] }) => {
  const meter = new Meter();
  for (const subject of subjects) await import(subject);
  return meter.read();
};
