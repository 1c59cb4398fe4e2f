import type { Hashing } from "../../lib/events.ts";
import type { Env, Workshop } from "./workshop.ts";

/** What a place is: the table has one section for each. */
export type Kind = "installed by" | "bundled by" | "run by" | "tested by";

/** Where the library runs. */
export interface Place {
  readonly kind: Kind;
  readonly name: string;
  /** Part of the short form as well. */
  readonly short?: boolean;
  /** Where the step that asks for a thread hashes. Default `worker`. */
  readonly hashing?: Hashing;
  /** What one has to know there, in one sentence of Markdown. */
  readonly note?: string;
  /** Runs the program there, with `COS_TARGET` set to where it uploads to. */
  readonly run: (workshop: Workshop, env: Env) => Promise<Visit>;
}

/** A place that cannot be had on the machine that runs the others, and why. */
export interface AbsentPlace {
  readonly kind: Kind;
  readonly name: string;
  readonly because: string;
}

/** What came of the program in a place. */
export interface Visit {
  /** What it printed. */
  readonly output: string;
  /** What the place is made of, such as `webpack 5.112.2`. */
  readonly versions: readonly string[];
}
