import fc from "fast-check";
import { KIB, MIB } from "../support/bytes.ts";

/** One upload: what is written, how, with which options, and whether somebody ends it. Plain data, to be printed. */
export interface UploadPlan {
  readonly size: number;
  readonly contentSeed: number;
  /** Whether the key has an object already, which must not be lost. */
  readonly older: "none" | "short" | "of this size";
  readonly feeding: Feeding;
  readonly options: OptionsPlan;
  readonly end: EndPlan | undefined;
  /** The signal aborts by itself: alone, or as one of those of an `AbortSignal.any`. */
  readonly expires: { readonly by: "timeout" | "any"; readonly milliseconds: number } | undefined;
  /** What the program's `beforeComplete` does. */
  readonly gate: "none" | "accepts" | "accepts late" | "throws" | "rejects late";
}

export interface Feeding {
  readonly way: "pipeline" | "pipe" | "writes" | "corked" | "at-once" | "strings" | "end" | "listeners";
  /** Lengths of the chunks, over and over. */
  readonly chunks: readonly number[];
  /** Milliseconds that the source rests after every so many chunks. */
  readonly rest: { readonly every: number; readonly milliseconds: number } | undefined;
  /** Whether a source that is piped says at its end that a limit cut it. */
  readonly truncated: boolean;
  /** What listeners do to the stream, one after the other, where they feed it; afterwards they do nothing. */
  readonly listeners: readonly ListenerAction[];
}

/** What a listener does inside of an event. `write` takes the next chunk, `end` all that is left. */
export interface ListenerAction {
  readonly on: "progress" | "part" | "initiate" | "drain" | "retry";
  readonly do: "write" | "burst" | "cork" | "end" | "destroy";
}

export interface OptionsPlan {
  readonly partSize: number;
  readonly concurrency: number;
  readonly memory: number;
  readonly highWaterMark: number;
  readonly maxParts: number | undefined;
  readonly singlePut: boolean;
  /** Who completes: the stream, or whoever reads its result. */
  readonly complete: boolean;
  /** Whether the upload was begun before, by somebody else. */
  readonly begun: boolean;
  readonly leavePartsOnError: boolean | undefined;
  readonly forbidOverwrite: boolean;
  readonly expected: {
    readonly size?: "right" | "less" | "more";
    readonly crc64?: "right" | "wrong";
    readonly md5?: "right" | "wrong";
  };
  readonly encryption: "none" | "SSE-COS" | "SSE-KMS" | "SSE-C";
  readonly worker: boolean | "auto";
  readonly trafficLimit: number | undefined;
  readonly retry: { readonly maxAttempts: number; readonly baseDelay: number; readonly maxDelay: number };
  readonly timeout: {
    readonly connect: number;
    readonly attempt: number;
    readonly complete: number;
    readonly idle: number;
  };
}

/** Who ends the upload before it finished, and when. */
export interface EndPlan {
  readonly by: "destroy" | "destroy-error" | "abort" | "source-error" | "source-close";
  readonly when:
    | { readonly bytes: number }
    | { readonly milliseconds: number }
    | { readonly event: "initiate" | "part" | "retry" | "prefinish"; readonly milliseconds: number }
    | { readonly state: "initiating" | "sending" | "committing"; readonly milliseconds: number };
}

const P = MIB;

const sizes = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(0, 1, P - 1, P, P + 1, 2 * P, 2 * P + 1, 3 * P, 4 * P - 1) },
  { weight: 3, arbitrary: fc.integer({ min: 0, max: 2 * P }) },
  { weight: 3, arbitrary: fc.integer({ min: 2 * P, max: 6 * P }) },
  { weight: 1, arbitrary: fc.integer({ min: 6 * P, max: 14 * P }) },
);

const chunkLengths = fc.oneof(
  fc.integer({ min: 1, max: 100 }),
  fc.integer({ min: 100, max: 64 * KIB }),
  fc.constantFrom(64 * KIB, P, P + 1),
  fc.integer({ min: 64 * KIB, max: 3 * P }),
);

const listenerAction: fc.Arbitrary<ListenerAction> = fc.record({
  on: fc.constantFrom("progress", "progress", "part", "initiate", "drain", "drain", "retry"),
  do: fc.oneof(
    { weight: 12, arbitrary: fc.constantFrom("write" as const, "burst" as const, "cork" as const) },
    { weight: 1, arbitrary: fc.constantFrom("end" as const, "end" as const, "destroy" as const) },
  ),
});

const feeding: fc.Arbitrary<Feeding> = fc.record({
  way: fc.constantFrom(
    "pipeline",
    "pipe",
    "pipeline",
    "writes",
    "corked",
    "at-once",
    "strings",
    "end",
    "listeners",
    "listeners",
  ),
  chunks: fc.array(chunkLengths, { minLength: 1, maxLength: 5 }),
  rest: fc.oneof(
    { weight: 4, arbitrary: fc.constant(undefined) },
    fc.record({ every: fc.integer({ min: 1, max: 5 }), milliseconds: fc.integer({ min: 1, max: 60 }) }),
  ),
  truncated: fc.oneof({ weight: 11, arbitrary: fc.constant(false) }, fc.constant(true)),
  listeners: fc.array(listenerAction, { minLength: 2, maxLength: 12 }),
});

const rarely = <T>(arbitrary: fc.Arbitrary<T>, weight = 7): fc.Arbitrary<T | undefined> =>
  fc.oneof({ weight, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary });

const options: fc.Arbitrary<OptionsPlan> = fc.record({
  partSize: fc.oneof(fc.constant(P), fc.integer({ min: P, max: 3 * P })),
  concurrency: fc.integer({ min: 1, max: 6 }),
  memory: fc.oneof(fc.integer({ min: 3 * P, max: 6 * P }), fc.integer({ min: 6 * P, max: 24 * P })),
  highWaterMark: fc.oneof(fc.constant(256 * KIB), fc.integer({ min: 0, max: 2 * P })),
  maxParts: rarely(fc.integer({ min: 1, max: 12 }), 3),
  singlePut: fc.boolean(),
  complete: fc.oneof({ weight: 6, arbitrary: fc.constant(true) }, fc.constant(false)),
  begun: fc.oneof({ weight: 7, arbitrary: fc.constant(false) }, fc.constant(true)),
  leavePartsOnError: rarely(fc.boolean(), 3),
  forbidOverwrite: fc.oneof({ weight: 7, arbitrary: fc.constant(false) }, fc.constant(true)),
  expected: fc.oneof(
    { weight: 5, arbitrary: fc.constant({}) },
    { weight: 2, arbitrary: fc.record({ size: fc.constant("right" as const) }) },
    {
      weight: 2,
      arbitrary: fc.record(
        {
          size: fc.constant("right" as const),
          crc64: fc.constant("right" as const),
          md5: fc.constant("right" as const),
        },
        { requiredKeys: [] },
      ),
    },
    fc.record(
      {
        size: fc.constantFrom("less" as const, "more" as const),
        crc64: fc.constant("wrong" as const),
        md5: fc.constant("wrong" as const),
      },
      { requiredKeys: [] },
    ),
  ),
  encryption: fc.constantFrom("none", "none", "none", "SSE-COS", "SSE-KMS", "SSE-C"),
  worker: fc.constantFrom<boolean | "auto">("auto", "auto", false, false, true),
  trafficLimit: rarely(fc.constant(838_860_800)),
  retry: fc.record({
    maxAttempts: fc.integer({ min: 1, max: 6 }),
    baseDelay: fc.integer({ min: 0, max: 40 }),
    maxDelay: fc.integer({ min: 0, max: 200 }),
  }),
  timeout: fc.record({
    connect: fc.integer({ min: 200, max: 2000 }),
    attempt: fc.oneof(fc.integer({ min: 500, max: 1500 }), fc.integer({ min: 1500, max: 4000 })),
    complete: fc.integer({ min: 500, max: 3000 }),
    idle: fc.oneof({ weight: 4, arbitrary: fc.constant(0) }, fc.integer({ min: 30, max: 1000 })),
  }),
});

const by = fc.constantFrom("destroy", "destroy-error", "abort", "source-error", "source-close");
const milliseconds = fc.oneof(
  fc.constant(0),
  fc.integer({ min: 0, max: 30 }),
  fc.integer({ min: 0, max: 600 }),
);
const when: fc.Arbitrary<EndPlan["when"]> = fc.oneof(
  fc.record({ bytes: fc.integer({ min: 0, max: 5 * P }) }),
  fc.record({ milliseconds }),
  fc.record({ event: fc.constantFrom("initiate", "part", "retry", "prefinish"), milliseconds }),
  fc.record({ state: fc.constantFrom("initiating", "sending", "committing", "committing"), milliseconds }),
);

/** Any upload. */
export const uploadPlans: fc.Arbitrary<UploadPlan> = fc.record({
  size: sizes,
  contentSeed: fc.nat(),
  older: fc.constantFrom("none", "none", "short", "of this size"),
  feeding,
  options,
  end: rarely(fc.record({ by, when }), 4),
  expires: rarely(fc.record({ by: fc.constantFrom("timeout", "any"), milliseconds }), 11),
  gate: fc.oneof(
    { weight: 8, arbitrary: fc.constant("none" as const) },
    { weight: 1, arbitrary: fc.constantFrom("accepts" as const, "accepts late" as const) },
    { weight: 1, arbitrary: fc.constantFrom("throws" as const, "rejects late" as const) },
  ),
});
