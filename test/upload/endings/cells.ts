import type { Outcome } from "../../../lib/index.ts";
import type { MatrixName } from "./happenings.ts";
import type { MomentName } from "./moments.ts";

/** What comes of it when something happens at a moment. */
export interface Cell {
  /** The sentence of the cell, and why it is so. */
  readonly says: string;
  /** `finish`: the object is whole. `close`: silently. `error`: with an error of this code. */
  readonly ends: "finish" | "close" | "error";
  readonly code?: string;
  /** What was asked of COS after the moment; undefined: what makes the whole object, each once. */
  readonly asks?: string;
  /** The same where parts are to stay; by default, without what clears them away. */
  readonly asksLeaving?: string;
  /** Asked once more on the way to the whole object. */
  readonly again?: string;
  readonly outcome?: Outcome;
  /** The same where parts are to stay. */
  readonly outcomeLeaving?: Outcome;
  /** Codes of the warnings. */
  readonly warns?: readonly string[];
  /** The same where parts are to stay. */
  readonly warnsLeaving?: readonly string[];
  /** Whether the object is the new one all the same. */
  readonly stored?: true;
  /** Whether the upload cannot be cleared away. */
  readonly orphan?: true;
  /** What `pipeline` tells, and what the error is then, where it is another. */
  readonly inPipeline?: string;
  /** The callback of a write or an `end` that is what happens. */
  readonly calledBack?: string;
}

type More = Partial<Omit<Cell, "says" | "ends" | "code" | "asks">>;

export const goesOn = (says: string, more: Partial<Cell> = {}): Cell => ({ says, ends: "finish", ...more });
export const closes = (says: string, asks: string, more: More = {}): Cell => ({
  says,
  ends: "close",
  asks,
  ...more,
});
export const fails = (code: string, says: string, asks: string, more: More = {}): Cell => ({
  says,
  ends: "error",
  code,
  asks,
  ...more,
});

export const nothing = "nothing was asked of COS, and nothing is";
const waits = "Initiate is waited for, as nobody else knows the upload that it begins, and that is aborted";
const aborts = "the upload is aborted";
const cuts =
  "the parts under way are cut, the upload is aborted, and looked for, as a cut part can come in late";
const cutsComplete = "Complete is cut, the upload is aborted, and HEAD tells that it was not done";
const lost = { warns: ["ERR_COS_CLEAN_UP"] } as const;
export const undone = { outcome: "not-completed" } as const;
const unknownLeaving = { outcomeLeaving: "unknown", warnsLeaving: ["ERR_COS_OUTCOME"] } as const;
/** Where parts stay, no Abort tells: the upload is there, but may be one that COS is completing. */
const cutUndone = { ...undone, ...unknownLeaving, asksLeaving: "List" } as const;
/** Under `pipeline` the first to hear of a source's error is `pipeline`, which destroys the stream with it. */
const bySource = { inPipeline: "MINE" } as const;
/** Of a stream with an end, `pipeline` is told an error, though listeners are not: it would take the end for a finish. */
export const ended = { inPipeline: "ERR_COS_DESTROYED" } as const;
/** The write that is held back ends with an error, which `pipeline` sees. */
const writeHeld = { inPipeline: "ERR_STREAM_DESTROYED" } as const;
const sourceIsOver = "a source that has ended is over, and means nothing any more";
export const tooLate = "the object is there, and stays";
export const afterEnd = "ERR_STREAM_WRITE_AFTER_END";
const closedEarly = "ERR_STREAM_PREMATURE_CLOSE";

/** The matrix of endings, for an upload in parts. */
export const cells: Readonly<Record<MomentName, Readonly<Record<MatrixName, Cell>>>> = {
  "before Initiate": {
    write: goesOn("the first byte begins the upload"),
    end: goesOn("an empty object is put, as no upload can be completed without parts"),
    "destroy()": closes(nothing, ""),
    "destroy(err)": fails("MINE", nothing, ""),
    "abort signal": fails("ABORT_ERR", nothing, ""),
    "source error": fails("ERR_COS_SOURCE", nothing, "", bySource),
    "source close": fails(closedEarly, nothing, ""),
    "4xx": fails("AccessDenied", "no upload was begun, so none is aborted", "Initiate"),
    "5xx": fails("SlowDown", "no upload was begun, so none is aborted", "3 Initiate"),
    reset: fails("ERR_COS_NETWORK", "an upload may have been begun: a warning says so", "3 Initiate", lost),
    "5xx, once": goesOn("Initiate is made again", { again: "Initiate" }),
    "reset, once": goesOn("Initiate is made again, with a warning of the one whose answer was lost", {
      again: "Initiate",
      ...lost,
    }),
  },
  "during Initiate": {
    write: goesOn("parts wait for the upload's id"),
    end: goesOn("parts wait for the upload's id"),
    "destroy()": closes(waits, "Abort"),
    "destroy(err)": fails("MINE", waits, "Abort"),
    "abort signal": fails("ABORT_ERR", waits, "Abort"),
    "source error": fails("ERR_COS_SOURCE", waits, "Abort", bySource),
    "source close": fails(closedEarly, waits, "Abort"),
    "4xx": fails("AccessDenied", "no upload was begun, so none is aborted", ""),
    "5xx": fails("SlowDown", "no upload was begun, so none is aborted", "2 Initiate"),
    reset: fails("ERR_COS_NETWORK", "an upload may have been begun: a warning says so", "2 Initiate", lost),
    "5xx, once": goesOn("Initiate is made again", { again: "Initiate" }),
    "reset, once": goesOn("Initiate is made again, with a warning of the one whose answer was lost", {
      again: "Initiate",
      ...lost,
    }),
  },
  "while a part fills": {
    write: goesOn("the part fills"),
    end: goesOn("the part is the last"),
    "destroy()": closes(aborts, "Abort"),
    "destroy(err)": fails("MINE", aborts, "Abort"),
    "abort signal": fails("ABORT_ERR", aborts, "Abort"),
    "source error": fails("ERR_COS_SOURCE", aborts, "Abort", bySource),
    "source close": fails(closedEarly, aborts, "Abort"),
    "4xx": fails("AccessDenied", "the next part is refused, and the upload aborted", "Part, Abort, List"),
    "5xx": fails("SlowDown", "the next part is sent until no attempt is left", "3 Part, Abort, List"),
    reset: fails("ERR_COS_NETWORK", "the next part is sent until no attempt is left", "4 Part, Abort, List"),
    "5xx, once": goesOn("the part is sent again", { again: "Part" }),
    "reset, once": goesOn("the part is sent again", { again: "Part" }),
  },
  "while all slots are busy": {
    write: goesOn("the writer waits for memory"),
    end: goesOn("what was written is taken and sent first"),
    "destroy()": closes(cuts, "Abort, List", writeHeld),
    "destroy(err)": fails("MINE", cuts, "Abort, List"),
    "abort signal": fails("ABORT_ERR", cuts, "Abort, List"),
    "source error": fails("ERR_COS_SOURCE", cuts, "Abort, List", bySource),
    "source close": fails(closedEarly, cuts, "Abort, List"),
    "4xx": fails("AccessDenied", cuts, "Abort, List"),
    "5xx": fails("SlowDown", cuts, "2 Part, Abort, List"),
    reset: fails("ERR_COS_NETWORK", cuts, "3 Part, Abort, List"),
    "5xx, once": goesOn("the part is sent again", { again: "Part" }),
    "reset, once": goesOn("the part is sent again", { again: "Part" }),
  },
  "during the last part": {
    write: fails(afterEnd, cuts, "Abort, List", { calledBack: afterEnd }),
    end: goesOn("a second end() waits for the first"),
    "destroy()": closes(cuts, "Abort, List", ended),
    "destroy(err)": fails("MINE", cuts, "Abort, List"),
    "abort signal": fails("ABORT_ERR", cuts, "Abort, List"),
    "source error": goesOn(sourceIsOver),
    "source close": goesOn(sourceIsOver),
    "4xx": fails("AccessDenied", aborts, "Abort, List"),
    "5xx": fails("SlowDown", aborts, "2 Part, Abort, List"),
    reset: fails("ERR_COS_NETWORK", cuts, "3 Part, Abort, List"),
    "5xx, once": goesOn("the part is sent again", { again: "Part" }),
    "reset, once": goesOn("the part is sent again", { again: "Part" }),
  },
  "during Complete": {
    // The error is readable-stream's, which has no outcome.
    write: fails(afterEnd, cutsComplete, "Abort, Head", { ...cutUndone, calledBack: afterEnd }),
    end: goesOn("a second end() waits for the first"),
    "destroy()": closes(cutsComplete, "Abort, Head", { ...cutUndone, ...ended }),
    "destroy(err)": fails("MINE", cutsComplete, "Abort, Head", cutUndone),
    "abort signal": fails("ABORT_ERR", cutsComplete, "Abort, Head", cutUndone),
    "source error": goesOn(sourceIsOver),
    "source close": goesOn(sourceIsOver),
    "4xx": fails("AccessDenied", aborts, "Abort", undone),
    "5xx": fails("SlowDown", aborts, "2 Complete, Abort", undone),
    reset: fails(
      "ERR_COS_NETWORK",
      "the upload is looked for, is there, and is aborted; HEAD tells that it was not done",
      "3 Complete, List, Abort, Head",
      {
        ...cutUndone,
        asksLeaving: "3 Complete, 2 List",
      },
    ),
    "5xx, once": goesOn("Complete is made again", { again: "Complete" }),
    "reset, once": goesOn("Complete is made again", { again: "Complete" }),
  },
  "after finish": {
    write: goesOn(tooLate, { calledBack: afterEnd }),
    end: goesOn(tooLate, { calledBack: "ERR_STREAM_ALREADY_FINISHED" }),
    "destroy()": goesOn(tooLate),
    "destroy(err)": goesOn(tooLate),
    "abort signal": goesOn(tooLate),
    "source error": goesOn(tooLate),
    "source close": goesOn(tooLate),
    "4xx": goesOn("nothing more is asked of COS"),
    "5xx": goesOn("nothing more is asked of COS"),
    reset: goesOn("nothing more is asked of COS"),
    "5xx, once": goesOn("nothing more is asked of COS"),
    "reset, once": goesOn("nothing more is asked of COS"),
  },
};
