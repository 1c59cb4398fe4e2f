import { until } from "../../support/ending.ts";
import { joined } from "./requests.ts";
import { P, type Stage, type Target } from "./stage.ts";
import { completes, type Variant } from "./variants.ts";

/** A state of an upload that lasts until COS is let, so that what happens then happens in no other. */
export interface Moment {
  /** Requests that COS does not answer: their bodies are not read or, at the answer, done what they ask for. */
  readonly held?: readonly (Target & { readonly at: "request" | "answer" })[];
  /** Their answers are waited for, whatever happens. */
  readonly waitedFor?: true;
  /** What was asked of COS by then. */
  readonly asked: string;
  /** How many parts are confirmed then. */
  readonly confirmed: number;
  /** The request that COS's faults hit; without one, any. */
  readonly struck?: Target;
  /** Makes the program go on until that request goes out. */
  readonly provoke?: (stage: Stage) => void;
  /** Whether COS tells nothing any more from then on, and clears nothing away. */
  readonly outOfReach?: boolean;
  /** Comes to the moment, and calls back in it. */
  reach(stage: Stage, then: () => void): Promise<void>;
}

export type MomentName =
  | "before Initiate"
  | "during Initiate"
  | "while a part fills"
  | "while all slots are busy"
  | "during the last part"
  | "during Complete"
  | "after finish";

export type OutcomeName =
  | "once it is done"
  | "once it is done, with COS out of reach then"
  | "before it is begun, with COS out of reach then";

export type PutMomentName = "while the only part fills" | "during Put Object" | "after finish";

const PUT: Target = { operation: "PutObject" };
const INITIATE: Target = { operation: "InitiateMultipartUpload" };
const COMPLETE: Target = { operation: "CompleteMultipartUpload" };
const part = (partNumber: number): Target => ({ operation: "UploadPart", partNumber });

/** The rows of the matrix, as far as an upload of the variant has them. */
export function momentsOf(variant: Variant): Partial<Record<MomentName, Moment>> {
  const { begun = false, options } = variant;
  const { concurrency = 2, singlePut = false } = options;
  const initiate = begun ? "" : "Initiate";
  const all = joined(initiate, "3 Part", completes(variant) ? "Complete" : "");
  return {
    "before Initiate": {
      asked: "",
      confirmed: 0,
      struck: begun ? part(1) : INITIATE,
      // A stream that may fit one Put Object begins its upload with the first byte that does not.
      provoke: (stage) => stage.writeUpTo(singlePut || begun ? P + 1 : 1),
      reach: async (stage, then) => {
        if (singlePut) stage.writeUpTo(P);
        if (singlePut) await until(() => stage.upload.stats().received === P, "a part's bytes");
        then();
      },
    },
    ...(!begun && {
      "during Initiate": {
        held: [{ ...INITIATE, at: "request" }],
        waitedFor: true,
        asked: "Initiate",
        confirmed: 0,
        struck: INITIATE,
        reach: async (stage, then) => {
          stage.writeUpTo(P + 100);
          await stage.arrived(INITIATE);
          await until(() => stage.upload.stats().partsWaiting === 1, "a part that waits");
          then();
        },
      },
    }),
    "while a part fills": {
      asked: joined(initiate, "Part"),
      confirmed: 1,
      struck: part(2),
      provoke: (stage) => stage.writeUpTo(2 * P),
      reach: async (stage, then) => {
        stage.writeUpTo(P + 100);
        await confirmed(stage, 1, 0);
        await until(() => stage.upload.stats().received === P + 100, "100 bytes of a part");
        then();
      },
    },
    "while all slots are busy": {
      held: [
        { ...part(1), at: "answer" },
        { ...part(2), at: "answer" },
      ],
      asked: joined(initiate, `${concurrency} Part`),
      confirmed: 0,
      struck: part(1),
      reach: async (stage, then) => {
        stage.writeUpTo(2 * P + 1);
        for (let number = 1; number <= concurrency; number++) await stage.arrived(part(number));
        await until(() => stage.upload.stats().waitingForMemory, "the writer is held back");
        then();
      },
    },
    "during the last part": {
      held: [{ ...part(3), at: "answer" }],
      asked: joined(initiate, "3 Part"),
      confirmed: 2,
      struck: part(3),
      reach: async (stage, then) => {
        stage.finish();
        await stage.arrived(part(3));
        await confirmed(stage, 2, 1);
        then();
      },
    },
    ...(completes(variant) && {
      "during Complete": {
        held: [{ ...COMPLETE, at: "request" }],
        asked: all,
        confirmed: 3,
        struck: COMPLETE,
        reach: async (stage, then) => {
          stage.finish();
          await stage.arrived(COMPLETE);
          then();
        },
      },
    }),
    "after finish": afterFinish(all, 3),
  };
}

/** Of the matrix's row of the commit, what can be true while it is under way. */
export function outcomesOf(commit: Moment): Record<OutcomeName, Moment> {
  const done = { ...commit, held: [{ ...commit.struck!, at: "answer" as const }] };
  return {
    "once it is done": done,
    "once it is done, with COS out of reach then": { ...done, outOfReach: true },
    "before it is begun, with COS out of reach then": { ...commit, outOfReach: true },
  };
}

/** The rows of a stream that is sent as one Put Object: until its end, nothing is asked of COS. */
export function putMoments(): Record<PutMomentName, Moment> {
  return {
    "while the only part fills": {
      asked: "",
      confirmed: 0,
      struck: PUT,
      provoke: (stage) => stage.end(),
      reach: async (stage, then) => {
        stage.writeUpTo(50);
        await until(() => stage.upload.stats().received === 50, "50 bytes");
        then();
      },
    },
    "during Put Object": {
      held: [{ ...PUT, at: "request" }],
      asked: "Put",
      confirmed: 0,
      struck: PUT,
      reach: async (stage, then) => {
        stage.finish();
        await stage.arrived(PUT);
        then();
      },
    },
    "after finish": afterFinish("Put", 1),
  };
}

/** As early as can be: in a listener of `finish`. */
function afterFinish(asked: string, confirmed: number): Moment {
  return {
    asked,
    confirmed,
    reach: (stage, then) =>
      new Promise<void>((resolve) => {
        stage.upload.once("finish", () => {
          then();
          resolve();
        });
        stage.finish();
      }),
  };
}

/** The parts are confirmed, and no others are on their way than those that are held. */
async function confirmed({ upload }: Stage, parts: number, sending: number): Promise<void> {
  const done = (): boolean => {
    const { partsConfirmed, partsSending } = upload.stats();
    return partsConfirmed === parts && partsSending === sending;
  };
  await until(done, `${parts} parts`);
}
