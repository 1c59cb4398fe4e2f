import type { Fault } from "../../../lib/emulator/index.ts";
import type { Moment } from "./moments.ts";
import { mine, type Stage, type Way } from "./stage.ts";

/** What can happen to an upload. */
export interface Happening {
  /** In which ways of writing there is such a thing, or it makes a difference. */
  readonly ways?: readonly Way[];
  /** Of the program's doing, and not of its source or of COS. */
  readonly own?: true;
  /** Of COS's doing: it hits the request of the moment before that is read. */
  readonly fault?: true;
  happen(stage: Stage, moment: Moment): void;
}

/** Answers of something else in COS's place: before COS has the request, or after COS carried it out. */
export type ForeignName =
  | "503 of a proxy"
  | "403 of a proxy"
  | "200 of a portal"
  | "503 of a proxy, carried out"
  | "403 of a proxy, carried out"
  | "200 of a portal, carried out";

/** What can happen at every moment. */
export type MatrixName = Exclude<HappeningName, ForeignName>;

export type HappeningName =
  | ForeignName
  | "write"
  | "end"
  | "destroy()"
  | "destroy(err)"
  | "abort signal"
  | "source error"
  | "source close"
  | "4xx"
  | "5xx"
  | "reset"
  | "5xx, once"
  | "reset, once";

const ever = Number.POSITIVE_INFINITY;
const piped: readonly Way[] = ["pipe", "pipeline"];
const MORE = Buffer.from("more");

/** The columns of the matrix, and two more: COS gets over it, and a source hears nothing of it. */
export const happenings: Readonly<Record<HappeningName, Happening>> = {
  write: { happen: (stage) => stage.write(MORE) },
  end: { happen: (stage) => stage.end() },
  "destroy()": { own: true, happen: ({ upload }) => void upload.destroy() },
  "destroy(err)": { own: true, happen: ({ upload }) => void upload.destroy(mine()) },
  "abort signal": { own: true, happen: (stage) => stage.abort() },
  "source error": { ways: piped, happen: ({ source }) => void source?.destroy(mine()) },
  "source close": { ways: piped, happen: ({ source }) => void source?.destroy() },
  "4xx": fault({ kind: "error", statusCode: 403, code: "AccessDenied" }, ever),
  "5xx": fault({ kind: "error", statusCode: 503, code: "SlowDown" }, ever),
  reset: fault({ kind: "reset" }, ever),
  "5xx, once": { ways: ["write"], ...fault({ kind: "error", statusCode: 503, code: "SlowDown" }, 1) },
  "reset, once": { ways: ["write"], ...fault({ kind: "reset" }, 1) },
  "503 of a proxy": foreign(503, false),
  "403 of a proxy": foreign(403, false),
  "200 of a portal": foreign(200, false),
  "503 of a proxy, carried out": foreign(503, true),
  "403 of a proxy, carried out": foreign(403, true),
  "200 of a portal, carried out": foreign(200, true),
};

function foreign(statusCode: number, carriedOut: boolean): Happening {
  return { ways: ["write"], ...fault({ kind: "foreign-answer", statusCode, carriedOut }, ever) };
}

/** It hits the request that is under way, or else the next, which is made to come. */
function fault(what: Fault, times: number): Happening {
  return {
    fault: true,
    happen: (stage, { struck, provoke }) => {
      stage.strike(struck, what, times);
      provoke?.(stage);
    },
  };
}
