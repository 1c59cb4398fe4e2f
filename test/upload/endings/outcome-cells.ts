import { afterEnd, type Cell, closes, ended, fails } from "./cells.ts";
import type { HappeningName } from "./happenings.ts";
import type { OutcomeName } from "./moments.ts";

/** What ends an upload while its object is being made. */
type Ending = Extract<HappeningName, "write" | "destroy()" | "destroy(err)" | "abort signal">;

type Told = Pick<Cell, "asks" | "asksLeaving" | "outcome" | "warns" | "warnsLeaving" | "stored" | "orphan">;

const endings = (says: string, { asks = "", ...told }: Told): Readonly<Record<Ending, Cell>> => ({
  // The error is readable-stream's, which has no outcome: the warning tells.
  write: fails(afterEnd, says, asks, { ...told, calledBack: afterEnd }),
  "destroy()": closes(says, asks, { ...told, ...ended }),
  "destroy(err)": fails("MINE", says, asks, told),
  "abort signal": fails("ABORT_ERR", says, asks, told),
});

const outcomeOnly = ["ERR_COS_OUTCOME"];
const outOfReach = {
  outcome: "unknown",
  warns: ["ERR_COS_CLEAN_UP", "ERR_COS_OUTCOME"],
  warnsLeaving: outcomeOnly,
} as const;

/** What becomes of an upload that is ended during Complete is looked for, and told. */
export const completeOutcomes: Readonly<Record<OutcomeName, Readonly<Record<Ending, Cell>>>> = {
  "once it is done": endings("there is no upload to abort, and HEAD finds the object: it was completed", {
    asks: "Abort, List, Head",
    asksLeaving: "List, Head",
    outcome: "completed",
    warns: outcomeOnly,
    stored: true,
  }),
  "once it is done, with COS out of reach then": endings("nobody knows, which is told", {
    ...outOfReach,
    asks: "4 Abort, 3 List",
    asksLeaving: "4 List",
    stored: true,
  }),
  "before it is begun, with COS out of reach then": endings("nobody knows, which is told", {
    ...outOfReach,
    asks: "4 Abort, 3 List",
    asksLeaving: "4 List",
    orphan: true,
  }),
};

/** A Put Object leaves no upload that would show it was not carried out. */
export const putOutcomes: Readonly<Record<OutcomeName, Readonly<Record<Ending, Cell>>>> = {
  "once it is done": endings("HEAD finds the object: it was completed", {
    asks: "Head",
    outcome: "completed",
    warns: outcomeOnly,
    stored: true,
  }),
  "once it is done, with COS out of reach then": endings("nobody knows, which is told", {
    asks: "3 Head",
    outcome: "unknown",
    warns: outcomeOnly,
    stored: true,
  }),
  "before it is begun, with COS out of reach then": endings("nobody knows, which is told", {
    asks: "3 Head",
    outcome: "unknown",
    warns: outcomeOnly,
  }),
};
