import type { CallContext } from "../cos/execute.ts";
import { initiateMultipartUpload } from "../cos/operations/initiate-multipart-upload.ts";
import { type ListedUpload, pagesOfUploads } from "../cos/operations/list-multipart-uploads.ts";
import { type ListedPart, listParts } from "../cos/operations/list-parts.ts";
import type { CosUploadError } from "../errors.ts";
import type { PartReceipt } from "../events.ts";
import { MAX_PART_SIZE } from "../limits.ts";
import type { ResolvedUpload } from "../options/upload-options.ts";
import type { ResumeOption } from "../options.ts";
import type { Part } from "../parts/part.ts";
import type { PartPlan } from "../parts/plan.ts";
import { recut } from "../parts/recut.ts";
import { AttemptLog, now } from "./attempt-log.ts";
import type { Period } from "./object-lookup.ts";
import { isNoSuchUpload, isSamePart } from "./proof.ts";
import { initiateLost, partSizesIncompatible, resumeTargetMissing, tooManyUploads } from "./upload-errors.ts";

/** Pages of unfinished uploads that are looked through for the latest: with COS's pages of 1,000, a million uploads. */
const MAX_PAGES = 1000;

/** An upload that parts can be sent to. */
export interface OpenUpload {
  readonly uploadId: string;
  /** When it was begun; undefined for one of an earlier run. */
  readonly initiated: Period | undefined;
  /** Where the stream is cut. */
  readonly plan: PartPlan;
  /** What COS has of it already, by part number. */
  readonly stored: ReadonlyMap<number, ListedPart>;
}

/** An upload of an earlier run. */
interface EarlierUpload {
  readonly uploadId: string;
  /** What COS has of it, in ascending order. */
  readonly parts: readonly ListedPart[];
}

/**
 * Resumes an earlier upload where that is asked for, and begins a new one otherwise.
 *
 * @param attemptSignal Ends an Initiate that is under way, which `context.signal` does not.
 * @param warn Called once when an answer to Initiate was lost: COS may then have an upload whose id nobody knows. It has no
 *   parts, but it is listed until somebody aborts it.
 * @throws CosUploadError `ERR_COS_RESUME` when the stream cannot be cut as the earlier upload was, or the latest is one of
 *   too many uploads; CosServiceError `NoSuchUpload` when an upload was named, and is not there.
 */
export async function openUpload(
  upload: ResolvedUpload,
  context: CallContext,
  attemptSignal: AbortSignal,
  warn: (warning: CosUploadError) => void,
): Promise<OpenUpload> {
  const { resume, plan } = upload;
  const earlier = resume && (await findEarlierUpload(upload, resume, context));
  if (earlier !== undefined) return resumeUpload(upload, earlier);
  const begun = await initiate(upload, { ...context, attemptSignal }, warn);
  return { ...begun, plan, stored: new Map() };
}

async function initiate(
  { connection, key, attributes, encryption }: ResolvedUpload,
  context: CallContext,
  warn: (warning: CosUploadError) => void,
): Promise<{ readonly uploadId: string; readonly initiated: Period }> {
  const log = new AttemptLog(context);
  const from = now();
  try {
    const params = { ...attributes, key, serverSideEncryption: encryption };
    const { uploadId } = await initiateMultipartUpload(connection, params, log.context);
    return { uploadId, initiated: { from, to: now() } };
  } catch (error) {
    log.failed(error);
    throw error;
  } finally {
    if (log.doubt !== undefined) warn(initiateLost(log.doubt.error));
  }
}

function resumeUpload(
  { plan, memory, expected }: ResolvedUpload,
  { uploadId, parts }: EarlierUpload,
): OpenUpload {
  const bounds = { maxPartSize: Math.min(memory, MAX_PART_SIZE), expectedSize: expected.size };
  const recutPlan = recut(plan, parts, bounds);
  if (recutPlan === undefined) throw partSizesIncompatible(uploadId, parts, bounds.maxPartSize);
  const stored = new Map(parts.map((part) => [part.partNumber, part]));
  return { uploadId, initiated: undefined, plan: recutPlan, stored };
}

/** The upload to resume, and what COS has of it; undefined when there is none and a new one may be begun. */
async function findEarlierUpload(
  upload: ResolvedUpload,
  resume: ResumeOption,
  context: CallContext,
): Promise<EarlierUpload | undefined> {
  const { connection, key } = upload;
  const uploadId = resume === "latest" ? (await newestUpload(upload, context))?.uploadId : resume.uploadId;
  if (uploadId === undefined) return undefined;
  const parts: ListedPart[] = [];
  try {
    for await (const part of listParts(connection, { key, uploadId }, context)) parts.push(part);
  } catch (error) {
    if (!isNoSuchUpload(error)) throw error;
    // Completed or aborted since it was listed.
    if (resume === "latest") return undefined;
    throw resumeTargetMissing(error, uploadId);
  }
  return { uploadId, parts };
}

/** An upload of another storage class would become another object than the one asked for. */
async function newestUpload(
  { connection, key, attributes: { storageClass } }: ResolvedUpload,
  context: CallContext,
): Promise<ListedUpload | undefined> {
  let newest: ListedUpload | undefined;
  let pages = 0;
  for await (const uploads of pagesOfUploads(connection, { prefix: key }, context)) {
    if (++pages > MAX_PAGES) throw tooManyUploads(key, MAX_PAGES);
    for (const upload of uploads) {
      if (upload.key !== key || upload.storageClass !== (storageClass ?? upload.storageClass)) continue;
      // Times are in whole seconds: of two begun in the same second, the one listed later is as good.
      if (newest === undefined || timeOf(upload) >= timeOf(newest)) newest = upload;
    }
  }
  return newest;
}

function timeOf({ initiated }: ListedUpload): number {
  const time = Date.parse(initiated);
  return Number.isNaN(time) ? 0 : time;
}

/** The receipt of a part that COS has already; undefined for any other part, which is sent. */
export function receiptOfStored(part: Part, stored: ListedPart | undefined): PartReceipt | undefined {
  if (stored === undefined || !isSamePart(part, stored)) return undefined;
  const { partNumber, offset, size, md5, crc64 } = part;
  const { etag } = stored;
  return { partNumber, offset, size, etag, md5, crc64, attempts: 0, requestId: "", skipped: true };
}
