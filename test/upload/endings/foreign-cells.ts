import { type Cell, fails, goesOn, undone } from "./cells.ts";
import type { ForeignName } from "./happenings.ts";
import type { MomentName } from "./moments.ts";

type Row = Readonly<Partial<Record<ForeignName, Cell>>>;
type Moments = Extract<MomentName, "during Initiate" | "during the last part" | "during Complete">;

const BAD = "ERR_COS_BAD_RESPONSE";
const lost = { warns: ["ERR_COS_CLEAN_UP"] } as const;
const mayHaveBegun = "an upload may have been begun: a warning says so";
const aborts = "the upload is aborted, and looked for, as the part can come in late";
const looksFor =
  "the upload is looked for, is there, and is aborted; HEAD shows that no object was made of it";
const found = "the upload is gone, and HEAD shows the object: it was made";
const unknown = { outcome: "unknown", warns: ["ERR_COS_OUTCOME"] } as const;
const mayCome = "the object is looked for; a Put Object that was sent can still be carried out later";
const put = "HEAD shows the object: it was put";

/** What comes of an answer that is not COS's, where it matters whether the request was carried out. */
export const foreignCells: Readonly<Record<Moments, Row>> = {
  "during Initiate": {
    "503 of a proxy": fails("HTTP_503", mayHaveBegun, "2 Initiate", lost),
    "403 of a proxy": fails("HTTP_403", mayHaveBegun, "", lost),
    "200 of a portal": fails(BAD, mayHaveBegun, "2 Initiate", lost),
  },
  "during the last part": {
    "503 of a proxy": fails("HTTP_503", aborts, "2 Part, Abort, List"),
    "403 of a proxy": fails("HTTP_403", aborts, "Abort, List"),
    "200 of a portal": fails(BAD, aborts, "2 Part, Abort, List"),
    "503 of a proxy, carried out": fails("HTTP_503", aborts, "2 Part, Abort, List"),
    "403 of a proxy, carried out": fails("HTTP_403", aborts, "Abort, List"),
    "200 of a portal, carried out": fails(BAD, aborts, "2 Part, Abort, List"),
  },
  "during Complete": {
    "503 of a proxy": fails("HTTP_503", looksFor, "2 Complete, List, Abort, Head", undone),
    "403 of a proxy": fails("HTTP_403", looksFor, "List, Abort, Head", undone),
    "200 of a portal": fails(BAD, looksFor, "2 Complete, List, Abort, Head", undone),
    "503 of a proxy, carried out": goesOn(found, { asks: "2 Complete, List, Head" }),
    "403 of a proxy, carried out": goesOn(found, { asks: "List, Head" }),
    "200 of a portal, carried out": goesOn(found, { asks: "2 Complete, List, Head" }),
  },
};

/** The same for a stream that is sent as one Put Object. */
export const foreignPutCells: Row = {
  "503 of a proxy": fails("HTTP_503", mayCome, "2 Put, 2 Head", unknown),
  "403 of a proxy": fails("HTTP_403", mayCome, "2 Head", unknown),
  "200 of a portal": fails(BAD, mayCome, "2 Put, 2 Head", unknown),
  "503 of a proxy, carried out": goesOn(put, { asks: "2 Put, Head" }),
  "403 of a proxy, carried out": goesOn(put, { asks: "Head" }),
  "200 of a portal, carried out": goesOn(put, { asks: "2 Put, Head" }),
};
