import type { CachedFiles } from "../suite/cached-files.ts";

/** Something that must hold, or a speed means nothing. */
export interface Verdict {
  readonly gate: string;
  readonly passed: boolean;
  /** What was seen. */
  readonly detail: string;
}

export type Gate = (files: CachedFiles) => Promise<Verdict[]>;
