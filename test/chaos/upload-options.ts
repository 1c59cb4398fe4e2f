import { createHash } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { crc64 } from "../../lib/digest/crc64.ts";
import type { BeforeComplete, ServerSideEncryption, UploadStreamOptions } from "../../lib/index.ts";
import { MIB, seededBytes } from "../support/bytes.ts";
import { MOST_RESTS } from "./feed.ts";
import type { OptionsPlan, UploadPlan } from "./upload-plan.ts";

/** Milliseconds that cleaning up may take, as the README promises. */
const CLEAN_UP = 10_000;
/** Milliseconds for everything that is no waiting: a machine with other things to do. */
const SLACK = 30_000;
/** Attempts at no charge: a stale socket, an expired token, a wrong clock. */
const FREE_ATTEMPTS = 3;

/** The key of 32 bytes that an upload under SSE-C has; a secret. */
export function customerKey({ contentSeed }: UploadPlan): Buffer {
  return seededBytes(32, contentSeed ^ 0x5ec);
}

export function encryptionOf(plan: UploadPlan): ServerSideEncryption | undefined {
  const type = plan.options.encryption;
  if (type === "none") return undefined;
  return type === "SSE-C" ? { type, key: customerKey(plan) } : { type };
}

/** What a `beforeComplete` refuses with. */
export const REFUSED: Error & { code: string } = Object.assign(new Error("not to be made"), {
  code: "REFUSED",
});
/** Milliseconds after which a late decision comes. */
const LATE = 120;

const GATES: Readonly<Record<Exclude<UploadPlan["gate"], "none">, BeforeComplete>> = {
  accepts: () => {},
  "accepts late": async () => void (await sleep(LATE)),
  throws: () => {
    throw REFUSED;
  },
  "rejects late": async () => {
    await sleep(LATE);
    throw REFUSED;
  },
};

/** The options of a plan, but for those that say where the server is. */
export function optionsOf(
  plan: UploadPlan,
  bytes: Buffer,
  uploadId: string | undefined,
): Partial<UploadStreamOptions> {
  const { options } = plan;
  const { partSize, concurrency, memory, highWaterMark, maxParts, complete, retry, timeout } = options;
  const encryption = encryptionOf(plan);
  return {
    partSize,
    concurrency,
    memory,
    highWaterMark,
    retry,
    timeout,
    complete,
    singlePut: options.singlePut && complete && uploadId === undefined,
    ...(maxParts !== undefined && { maxParts }),
    ...(uploadId !== undefined && { uploadId }),
    ...(encryption !== undefined && { serverSideEncryption: encryption }),
    ...(options.leavePartsOnError !== undefined && { leavePartsOnError: options.leavePartsOnError }),
    ...(options.forbidOverwrite && { forbidOverwrite: true }),
    ...(options.trafficLimit !== undefined && { trafficLimit: options.trafficLimit }),
    ...(uploadId === undefined && {
      metadata: { seed: String(plan.contentSeed) },
      contentType: "text/x-chaos",
    }),
    ...(plan.gate !== "none" && { beforeComplete: GATES[plan.gate] }),
    ...expectedOf(options, bytes),
  };
}

function expectedOf({ expected }: OptionsPlan, bytes: Buffer): Partial<UploadStreamOptions> {
  const { size, crc64: sum, md5 } = expected;
  const other = Buffer.concat([bytes, Buffer.from("x")]);
  const lengths = { right: bytes.length, less: Math.max(0, bytes.length - 1), more: bytes.length + 1 };
  return {
    ...(size !== undefined && { expectedSize: lengths[size] }),
    ...(sum !== undefined && { expectedCrc64: crc64(sum === "right" ? bytes : other) }),
    ...(md5 !== undefined && {
      expectedMd5: createHash("md5")
        .update(md5 === "right" ? bytes : other)
        .digest("hex"),
    }),
  };
}

/** Whether the program's `beforeComplete` refuses the stream. */
export function isRefused({ gate }: UploadPlan): boolean {
  return gate === "throws" || gate === "rejects late";
}

/** Whether its source is piped, and says at its end that it is not whole. */
export function isTruncated({ feeding: { way, truncated } }: UploadPlan): boolean {
  return truncated && (way === "pipe" || way === "pipeline");
}

/** Whether the stream is not the expected one, and must not become an object. */
export function isUnexpected(plan: UploadPlan): boolean {
  const { options, size } = plan;
  const { expected } = options;
  if (isRefused(plan) || isTruncated(plan)) return true;
  if (expected.crc64 === "wrong" || expected.md5 === "wrong" || expected.size === "more") return true;
  return expected.size === "less" && size > 0;
}

/**
 * Milliseconds after which an upload must be over, by its own options: every request it can make, each attempt timed out, one
 * after another. No assertion about speed; whoever is later hangs.
 */
export function latest(plan: UploadPlan): number {
  const { retry, timeout, partSize, memory } = plan.options;
  const request = (milliseconds: number): number =>
    (retry.maxAttempts + FREE_ATTEMPTS) * milliseconds + retry.maxAttempts * retry.maxDelay;
  const attempt = timeout.attempt * Math.max(1, memory / (8 * MIB));
  const parts = Math.max(1, Math.ceil(plan.size / partSize));
  const source = (plan.feeding.rest?.milliseconds ?? 0) * MOST_RESTS;
  // Initiate, the parts, List Parts and Head Object after a commit that is in doubt.
  const all =
    source + (parts + 3) * request(attempt) + request(Math.max(timeout.complete, attempt)) + CLEAN_UP + SLACK;
  return plan.expires === undefined ? all : Math.min(all, plan.expires.milliseconds + CLEAN_UP + SLACK);
}
