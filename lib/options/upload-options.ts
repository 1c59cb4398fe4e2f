import { describeValue } from "../check/describe.ts";
import { invalidOption } from "../check/invalid-option.ts";
import { type Decided, decide } from "../check/table.ts";
import type { Connection } from "../cos/connection.ts";
import { ATTRIBUTES } from "../cos/parameters/attributes.ts";
import { refuseKeyInTheClear, type ServerSideEncryption } from "../cos/parameters/encryption.ts";
import type { ObjectAttributes } from "../cos/parameters/object-headers.ts";
import { MAX_PART_SIZE, MAX_PARTS } from "../limits.ts";
import type { ConnectionOptions, PartResourceOptions, UploadStreamOptions } from "../options.ts";
import type { PartPlan } from "../parts/plan.ts";
import { resolveMemory, resolvePlan } from "./size-options.ts";
import { RETRY, STREAM, TIMEOUT } from "./tables.ts";

/** What an upload runs on: every option checked and decided. Sizes are bytes. */
export interface ResolvedUpload
  extends Omit<Decided<typeof STREAM>, "expectedCrc64" | "expectedMd5" | "serverSideEncryption"> {
  /** With this upload's own `retry` and `timeout`. */
  readonly connection: Connection;
  readonly plan: PartPlan;
  readonly memory: number;
  readonly complete: boolean;
  readonly leavePartsOnError: boolean;
  /** What the stream must be; the MD5 in base64. */
  readonly expected: {
    readonly size: number | undefined;
    readonly crc64: string | undefined;
    readonly md5: string | undefined;
  };
  readonly attributes: ObjectAttributes;
  readonly encryption: ServerSideEncryption | undefined;
  /** Milliseconds; 0 is off. */
  readonly idleTimeout: number;
}

/** What a stream has from its client, or from the one that was made for it alone. */
export interface ClientBase {
  /** The options that it was made with. */
  readonly given: ConnectionOptions & PartResourceOptions;
  readonly connection: Connection;
  readonly memory: { readonly limit: number };
}

/**
 * Decides what the options of an upload leave open, each of which was checked.
 *
 * @throws TypeError, RangeError `ERR_COS_INVALID_OPTION` when they contradict each other.
 */
export function resolveUpload(given: UploadStreamOptions, client: ClientBase): Readonly<ResolvedUpload> {
  const { expectedCrc64, expectedMd5, serverSideEncryption, ...options } = decide(STREAM, given);
  const { uploadId, resume, firstPartNumber } = options;
  const memory = resolveMemory(given.memory, client.memory.limit);
  const plan = resolvePlan(given, Math.min(memory, MAX_PART_SIZE), MAX_PARTS - firstPartNumber + 1);
  const complete = options.complete ?? uploadId === undefined;
  checkCombinations(given, complete);
  refuseKeyInTheClear(serverSideEncryption, client.connection.endpoint);
  const timeout = decide(TIMEOUT, { ...client.given.timeout, ...given.timeout });
  const retry = decide(RETRY, { ...client.given.retry, ...given.retry });
  return Object.freeze({
    ...options,
    ...{ plan, memory, complete },
    leavePartsOnError: options.leavePartsOnError ?? (uploadId !== undefined || resume !== undefined),
    connection: { ...client.connection, retry, timeout },
    expected: { size: given.expectedSize, crc64: expectedCrc64, md5: expectedMd5 },
    attributes: decide(ATTRIBUTES, given),
    encryption: serverSideEncryption,
    idleTimeout: timeout.idle,
  });
}

function checkCombinations(given: UploadStreamOptions, complete: boolean): void {
  const { uploadId, resume, firstPartNumber, singlePut } = given;
  if (firstPartNumber !== undefined && uploadId === undefined) {
    const rule = 'it goes with "uploadId" only';
    throw invalidOption(TypeError, "firstPartNumber", rule, describeValue(firstPartNumber));
  }
  if (resume !== undefined && uploadId !== undefined) {
    const rule = 'it names the upload to continue, so it cannot be combined with "uploadId"';
    throw invalidOption(TypeError, "resume", rule, "both");
  }
  if (complete && firstPartNumber !== undefined && firstPartNumber > 1) {
    const rule =
      "with it the stream cannot complete the upload, as it does not know the parts before; complete it yourself";
    throw invalidOption(TypeError, "firstPartNumber", rule, `${firstPartNumber} and complete: true`);
  }
  const existing =
    uploadId !== undefined ? "uploadId" : typeof resume === "object" ? "resume.uploadId" : undefined;
  const names = Object.keys(ATTRIBUTES) as (keyof ObjectAttributes)[];
  const initial = names.find((name) => name !== "forbidOverwrite" && given[name] !== undefined);
  if (existing !== undefined && initial !== undefined) {
    const rule = `it is given when an upload is begun, so it cannot be combined with "${existing}"`;
    throw invalidOption(TypeError, initial, rule, "both");
  }
  if (singlePut === true && (uploadId !== undefined || resume !== undefined || !complete)) {
    const rule =
      'it makes a whole object, so it cannot be combined with "uploadId", "resume" or "complete: false"';
    throw invalidOption(TypeError, "singlePut", rule, "both");
  }
}
