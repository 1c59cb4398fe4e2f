import type { CallContext } from "../cos/execute.ts";
import type { ListedPart } from "../cos/operations/list-parts.ts";
import type { CosUploadError } from "../errors.ts";
import { MAX_PART_SIZE } from "../limits.ts";
import type { ResolvedUpload } from "../options/upload-options.ts";
import type { PartPlan } from "../parts/plan.ts";
import { recut } from "../parts/recut.ts";
import { initiate } from "./initiate.ts";
import { type EarlierUpload, findEarlierUpload } from "./resume.ts";
import { otherSizes } from "./upload-errors.ts";

/** An upload that parts can be sent to. */
export interface OpenUpload {
  readonly uploadId: string;
  /** Whether it was begun in an earlier run. */
  readonly resumed: boolean;
  /** Where the stream is cut. */
  readonly plan: PartPlan;
  /** What COS has of it already, by part number. */
  readonly stored: ReadonlyMap<number, ListedPart>;
}

/**
 * Goes on with an earlier upload where that is asked for, and else begins one.
 *
 * @param attemptSignal Ends an Initiate that is under way, which `context.signal` does not.
 * @throws CosUploadError `ERR_COS_RESUME` when the earlier upload's parts cannot be followed.
 */
export async function openUpload(
  upload: ResolvedUpload,
  context: CallContext,
  attemptSignal: AbortSignal,
  warn: (warning: CosUploadError) => void,
): Promise<OpenUpload> {
  const { resume, plan } = upload;
  const earlier = resume && (await findEarlierUpload(upload, resume, context));
  if (earlier !== undefined) return goOn(upload, earlier);
  const uploadId = await initiate(upload, { ...context, attemptSignal }, warn);
  return { uploadId, resumed: false, plan, stored: new Map() };
}

function goOn({ plan, memory, expected }: ResolvedUpload, { uploadId, parts }: EarlierUpload): OpenUpload {
  const bounds = { maxPartSize: Math.min(memory, MAX_PART_SIZE), expectedSize: expected.size };
  const recutPlan = recut(plan, parts, bounds);
  if (recutPlan === undefined) throw otherSizes(uploadId, parts, bounds.maxPartSize);
  const stored = new Map(parts.map((part) => [part.partNumber, part]));
  return { uploadId, resumed: true, plan: recutPlan, stored };
}
