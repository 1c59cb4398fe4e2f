import { isFromCos } from "../cos/answers/marks.ts";
import type { CallContext } from "../cos/execute.ts";
import { completeMultipartUpload } from "../cos/operations/complete-multipart-upload.ts";
import { putObject, putObjectRequest } from "../cos/operations/put-object.ts";
import { encryptionHeaders } from "../cos/parameters/encryption.ts";
import { objectHeaders } from "../cos/parameters/object-headers.ts";
import { CosIntegrityError, CosUploadError, type Outcome } from "../errors.ts";
import type { PartReceipt } from "../events.ts";
import type { ResolvedUpload } from "../options/upload-options.ts";
import type { Part } from "../parts/part.ts";
import { attemptError } from "../retry/policy.ts";
import { AttemptLog } from "./attempt-log.ts";
import { type ExpectedObject, hasSameBytes } from "./found-object.ts";
import {
  type CommitAttempt,
  findObject,
  type Period,
  resolveOutcome,
  stateOfUpload,
} from "./object-lookup.ts";
import { isNoSuchUpload } from "./proof.ts";
import { sseKeyMismatch } from "./upload-errors.ts";

/** The object as COS has it now. */
export interface CommittedObject {
  readonly etag: string;
  readonly crc64?: string | undefined;
  readonly versionId?: string | undefined;
  readonly requestId: string;
}

/** What a commit came to. An object that is there but not right has an error, too. */
export type CommitResult =
  | {
      readonly outcome: "completed";
      readonly object: CommittedObject;
      /** Requests made for it. */
      readonly attempts: number;
      /** What could not be verified, where there is something. */
      readonly warning?: CosUploadError;
    }
  | { readonly outcome: Outcome; readonly error: unknown; readonly attempt: CommitAttempt };

/** The upload whose parts make the object. */
export interface UploadToComplete {
  readonly uploadId: string;
  /** In ascending order. */
  readonly parts: readonly PartReceipt[];
  readonly size: number;
  readonly crc64: string;
  /** When this stream began it; undefined when somebody else did. */
  readonly initiated: Period | undefined;
}

/** Makes the object of its parts, and verifies that it is what was sent. Never rejects. */
export async function commitParts(
  upload: ResolvedUpload,
  { uploadId, parts, size, crc64, initiated }: UploadToComplete,
  context: CallContext,
): Promise<CommitResult> {
  const { connection, key, encryption, attributes } = upload;
  const asked = initiated && { ...objectHeaders(attributes), ...encryptionHeaders(encryption) };
  const object = { key, size, crc64, partCount: parts.length, asked, encryption };
  const log = new AttemptLog(context);
  let answer: CommittedObject;
  try {
    const { forbidOverwrite } = attributes;
    const params = { key, uploadId, parts, forbidOverwrite };
    answer = await completeMultipartUpload(connection, params, log.context);
  } catch (error) {
    log.failed(error);
    const attempt = { ...log.attempt, object, initiated };
    if (log.doubt === undefined) return { outcome: "not-completed", error, attempt };
    const state = isNoSuchUpload(attemptError(error))
      ? "gone"
      : await stateOfUpload(connection, { key, uploadId }, context);
    const { outcome, found } = await resolveOutcome(connection, attempt, state, context);
    if (outcome !== "completed" || found === undefined) return { outcome, error, attempt };
    answer = found;
  }
  // No request of this stream's has shown COS the key, unless a part was sent: Head Object does.
  const isKeyUntried = encryption?.type === "SSE-C" && parts.every(({ skipped }) => skipped);
  try {
    const verified = await verify(upload, { object, answer, uploadId, isKeyUntried }, context);
    return { outcome: "completed", attempts: log.attempts, ...verified };
  } catch (error) {
    return { outcome: "completed", error, attempt: { ...log.attempt, object, initiated } };
  }
}

/** Sends the object in one request; an empty one always goes this way, as no part may be empty. Never rejects. */
export async function commitWhole(
  upload: ResolvedUpload,
  part: Part,
  context: CallContext,
): Promise<CommitResult> {
  const { connection, key, attributes, encryption: serverSideEncryption, trafficLimit } = upload;
  const { size, crc64, md5, body } = part;
  const params = { ...attributes, key, body, digests: part, serverSideEncryption, trafficLimit };
  const log = new AttemptLog(context);
  try {
    const object = await putObject(connection, params, log.context);
    return { outcome: "completed", object, attempts: object.attempts };
  } catch (error) {
    log.failed(error);
    const { headers: asked } = putObjectRequest(params);
    const object = { key, size, crc64, md5, partCount: undefined, asked, encryption: serverSideEncryption };
    const attempt = { ...log.attempt, object };
    const { outcome, found } = await resolveOutcome(connection, attempt, "none", context);
    if (outcome !== "completed" || found === undefined) return { outcome, error, attempt };
    return { outcome, object: found, attempts: log.attempts };
  }
}

interface Unverified {
  readonly object: ExpectedObject;
  readonly answer: CommittedObject;
  readonly uploadId: string;
  readonly isKeyUntried: boolean;
}

/** @throws When the object is there, and is not what was sent, or cannot be looked at. */
async function verify(
  { connection }: ResolvedUpload,
  { object, answer, uploadId, isKeyUntried }: Unverified,
  context: CallContext,
): Promise<{ readonly object: CommittedObject; readonly warning?: CosUploadError }> {
  if (answer.crc64 !== undefined && answer.crc64 !== object.crc64) {
    throw new CosIntegrityError(
      `COS made an object whose CRC64 is ${answer.crc64}, expected ${object.crc64}; the object is there and should be deleted`,
      { expected: object.crc64, actual: answer.crc64 },
      { uploadId },
    );
  }
  if (answer.crc64 !== undefined && answer.etag !== "" && !isKeyUntried) return { object: answer };
  const found = await findObject(connection, object, context).catch((error) => {
    throw isKeyUntried && isFromCos(error) && error.statusCode < 500
      ? sseKeyMismatch(error, uploadId)
      : error;
  });
  if (found === undefined || !hasSameBytes(found, object)) {
    throw new CosIntegrityError(
      `COS completed the upload, but no object of ${object.size} bytes with CRC64 ${object.crc64} is there`,
      { expected: `${object.size} bytes, CRC64 ${object.crc64}`, actual: "another object or none" },
      { uploadId },
    );
  }
  const verified = { ...answer, etag: answer.etag || found.etag };
  if ((found.crc64 ?? answer.crc64) !== undefined) return { object: verified };
  const warning = new CosUploadError(
    "ERR_COS_UNVERIFIED",
    "The server does not give the CRC64 of the object: its length and its parts were verified, the whole was not",
    { uploadId },
  );
  return { object: verified, warning };
}
