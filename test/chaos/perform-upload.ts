import { setTimeout as sleep } from "node:timers/promises";
import {
  type CosClient,
  createUploadStream,
  type RetryEvent,
  type UploadStream,
  type UploadStreamOptions,
} from "../../lib/index.ts";
import { seededBytes } from "../support/bytes.ts";
import { type Ending, recordEnding } from "../support/ending.ts";
import { Ender } from "./end-upload.ts";
import { feed } from "./feed.ts";
import { encryptionOf, latest, optionsOf } from "./upload-options.ts";
import type { UploadPlan } from "./upload-plan.ts";

/** Where uploads go. */
export interface Stage {
  /** Straight to the server: what the soak itself does is not to fail. */
  readonly direct: CosClient;
  /** Over the network; without a client each upload has its own. */
  readonly connect: () => Pick<
    UploadStreamOptions,
    "bucket" | "region" | "endpoint" | "credentials" | "signer"
  >;
  readonly client: CosClient | undefined;
}

/** What is there before an upload begins. */
export interface Prepared {
  readonly plan: UploadPlan;
  readonly key: string;
  readonly bytes: Buffer;
  /** What the key holds. */
  readonly older: Buffer | undefined;
  /** The upload that was begun for it. */
  readonly begunId: string | undefined;
}

/** What an upload came to, as far as its own process can tell. */
export interface Performed extends Prepared {
  readonly upload: UploadStream | undefined;
  /** Undefined when the options were refused. */
  readonly ending: Ending | undefined;
  readonly retries: readonly RetryEvent[];
  /** All that came out of the library: events, errors, results. */
  readonly said: readonly unknown[];
  /** What was wrong in the process itself. */
  readonly flaws: readonly string[];
  /** The error that whoever ends the stream gives. */
  readonly given: Error | undefined;
}

/** Puts what is to be there before. */
export async function prepareUpload({ direct }: Stage, plan: UploadPlan, key: string): Promise<Prepared> {
  const bytes = seededBytes(plan.size, plan.contentSeed);
  const lengths = { none: undefined, short: 1000, "of this size": plan.size };
  const length = lengths[plan.older];
  const older = length === undefined ? undefined : seededBytes(length, plan.contentSeed + 1);
  if (older !== undefined) await direct.putObject({ key, body: older });
  const encryption = encryptionOf(plan);
  const begun =
    plan.options.begun &&
    (await direct.initiateMultipartUpload({
      key,
      ...(encryption !== undefined && { serverSideEncryption: encryption }),
    }));
  return { plan, key, bytes, older, begunId: begun ? begun.uploadId : undefined };
}

/** Makes one upload as planned, and waits until its stream is closed. */
export async function performUpload(stage: Stage, prepared: Prepared): Promise<Performed> {
  const { plan, key, bytes, begunId } = prepared;
  const controller = new AbortController();
  const retries: RetryEvent[] = [];
  const said: unknown[] = [];
  let upload: UploadStream;
  try {
    upload = create(stage, plan, {
      ...optionsOf(plan, bytes, begunId),
      key,
      signal: signalOf(plan, controller.signal),
    });
  } catch (error) {
    said.push(error);
    const flaws = isInvalidOption(error) ? [] : [`the constructor threw ${String(error)}`];
    return { ...prepared, upload: undefined, ending: undefined, retries, said, flaws, given: undefined };
  }
  const ending = recordEnding(upload);
  upload.on("retry", (retry) => retries.push(retry));
  for (const event of ["initiate", "part", "retry", "warning", "error", "progress"] as const) {
    upload.on(event, (told: unknown) => said.push(told));
  }
  const ender = new Ender(upload, plan.end, controller);
  const { source, over } = feed(upload, bytes, plan.feeding, (fed) => ender.fed(fed));
  ender.source = source;
  const flaws: string[] = [];
  await within(latest(plan), ending.closed, () => {
    flaws.push(`late: not closed after ${latest(plan)} ms, ${JSON.stringify(upload.stats())}`);
    upload.destroy();
  });
  ender.disarm();
  source?.destroy();
  if (flaws.length === 0) await over;
  said.push(await ending.done, upload.result, upload.stats(), upload.parts);
  if (upload.stats().memoryHeld > 0) flaws.push("part memory is held after close");
  return { ...prepared, upload, ending, retries, said, flaws, given: ender.error };
}

function create(
  stage: Stage,
  plan: UploadPlan,
  options: Partial<UploadStreamOptions> & { key: string },
): UploadStream {
  if (stage.client !== undefined) return stage.client.createUploadStream(options);
  return createUploadStream({ ...stage.connect(), ...options, digest: { worker: plan.options.worker } });
}

/** Of the library's hands alone is a signal that expires: nobody else holds it. */
function signalOf({ expires }: UploadPlan, signal: AbortSignal): AbortSignal {
  if (expires === undefined) return signal;
  const timeout = AbortSignal.timeout(expires.milliseconds);
  return expires.by === "timeout" ? timeout : AbortSignal.any([signal, timeout]);
}

async function within(milliseconds: number, promise: Promise<unknown>, onLate: () => void): Promise<void> {
  const timer = new AbortController();
  const late = sleep(milliseconds, undefined, { signal: timer.signal }).then(onLate, () => {});
  await Promise.race([promise, late]);
  timer.abort();
}

function isInvalidOption(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ERR_COS_INVALID_OPTION";
}
