import { installed } from "../installed.ts";
import { Meter } from "../meter.ts";
import type { Action } from "./action.ts";

/** The first import of modules, in a process that has imported nothing else of them; and what installing them takes. */
export const importModules: Action = async ({ subjects = [] }) => {
  const meter = new Meter();
  for (const subject of subjects) await import(subject);
  const sample = meter.read();
  return { ...sample, ...installed(subjects) };
};
