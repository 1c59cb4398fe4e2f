import { afterEnd, type Cell, closes, ended, fails, goesOn, nothing, tooLate, undone } from "./cells.ts";
import type { MatrixName } from "./happenings.ts";
import type { PutMomentName } from "./moments.ts";

const unknown = { outcome: "unknown", warns: ["ERR_COS_OUTCOME"] } as const;
const looksFor =
  "the object is looked for; a Put Object that was sent as a whole can still be carried out later";
const sourceIsOver = "a source that has ended is over, and means nothing any more";

/** The matrix of endings, for a stream that is sent as one Put Object. */
export const putCells: Readonly<Record<PutMomentName, Readonly<Record<MatrixName, Cell>>>> = {
  "while the only part fills": {
    write: goesOn("it still fits"),
    end: goesOn("the object is put"),
    "destroy()": closes(nothing, ""),
    "destroy(err)": fails("MINE", nothing, ""),
    "abort signal": fails("ABORT_ERR", nothing, ""),
    "source error": fails("ERR_COS_SOURCE", nothing, "", { inPipeline: "MINE" }),
    "source close": fails("ERR_STREAM_PREMATURE_CLOSE", nothing, ""),
    "4xx": fails("AccessDenied", "COS has refused it", "Put", undone),
    "5xx": fails("SlowDown", "COS was not able to take it", "3 Put", undone),
    reset: fails("ERR_COS_NETWORK", looksFor, "3 Put, 2 Head", unknown),
    "5xx, once": goesOn("it is put again", { again: "Put" }),
    "reset, once": goesOn("it is put again", { again: "Put" }),
  },
  "during Put Object": {
    write: fails(afterEnd, looksFor, "Head", { ...unknown, calledBack: afterEnd }),
    end: goesOn("a second end() waits for the first"),
    "destroy()": closes(looksFor, "Head", { ...unknown, ...ended }),
    "destroy(err)": fails("MINE", looksFor, "Head", unknown),
    "abort signal": fails("ABORT_ERR", looksFor, "Head", unknown),
    "source error": goesOn(sourceIsOver),
    "source close": goesOn(sourceIsOver),
    "4xx": fails("AccessDenied", "COS has refused it", "", undone),
    "5xx": fails("SlowDown", "COS was not able to take it", "2 Put", undone),
    reset: fails("ERR_COS_NETWORK", looksFor, "2 Put, 2 Head", unknown),
    "5xx, once": goesOn("it is put again", { again: "Put" }),
    "reset, once": goesOn("it is put again", { again: "Put" }),
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
