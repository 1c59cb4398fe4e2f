import { checkSignal } from "../abort.ts";
import { isBranded } from "../brand.ts";
import { checkBoolean, checkObject, checkString, describeValue, readOptions } from "../check.ts";
import type { Connection } from "../cos/connection.ts";
import {
  checkAttributes,
  checkEncryption,
  checkKey,
  checkTrafficLimit,
  checkUploadId,
} from "../cos/parameters/check-params.ts";
import type { ServerSideEncryption } from "../cos/parameters/encryption.ts";
import { OBJECT_ATTRIBUTES, type ObjectAttributes } from "../cos/parameters/object-headers.ts";
import { invalidOption } from "../errors.ts";
import type { ResumeOption, UploadStreamOptions } from "../options.ts";
import {
  checkAgainstClient,
  resolveIdleTimeout,
  resolveRetry,
  resolveTimeouts,
} from "./connection-options.ts";
import {
  CLIENT_OPTIONS,
  checkDigestAgainstClient,
  createResources,
  type Resources,
  readResourceOptions,
} from "./resources.ts";
import { type ResolvedSizes, resolveSizes } from "./size-options.ts";
import { StreamHost } from "./stream-host.ts";

const CRC64_RULE = "expected a CRC64 as an unsigned decimal string, below 2 ** 64";

/** The names of {@link UploadStreamOptions}. */
export const UPLOAD_OPTIONS: readonly (keyof UploadStreamOptions)[] = [
  ...CLIENT_OPTIONS,
  ...OBJECT_ATTRIBUTES,
  "key",
  "uploadId",
  "resume",
  "firstPartNumber",
  "complete",
  "partSize",
  "maxParts",
  "expectedSize",
  "expectedCrc64",
  "expectedMd5",
  "concurrency",
  "serverSideEncryption",
  "trafficLimit",
  "singlePut",
  "leavePartsOnError",
  "signal",
  "highWaterMark",
  "client",
];

/** What an upload runs on: every option checked and decided. */
export interface ResolvedUpload extends ResolvedSizes {
  /** With this upload's own `retry` and `timeout`. */
  readonly connection: Connection;
  readonly resources: Resources;
  /** Whose resources they are; without one they were made for this upload alone, and are closed with it. */
  readonly client: StreamHost | undefined;
  readonly key: string;
  readonly uploadId: string | undefined;
  readonly resume: ResumeOption | undefined;
  readonly complete: boolean;
  readonly expected: {
    readonly size?: number;
    readonly crc64?: string /** Base64. */;
    readonly md5?: string;
  };
  readonly attributes: ObjectAttributes;
  readonly encryption: ServerSideEncryption | undefined;
  readonly trafficLimit: number | undefined;
  readonly singlePut: boolean;
  readonly leavePartsOnError: boolean;
  readonly signal: AbortSignal | undefined;
  /** Milliseconds; 0 is off. */
  readonly idleTimeout: number;
}

/**
 * Checks all options of an upload and decides what they leave open.
 *
 * @throws TypeError, RangeError `ERR_COS_INVALID_OPTION`.
 */
export function resolveUpload(given: UploadStreamOptions): Readonly<ResolvedUpload> {
  const options = readResourceOptions("an upload stream", given, UPLOAD_OPTIONS);
  const key = checkKey(options.key);
  const uploadId = options.uploadId === undefined ? undefined : checkUploadId(options.uploadId);
  // Resources open nothing before they are used: an option that is refused after it leaves nothing behind.
  const resources = resolveClient(options) ?? createResources(options);
  const sizes = resolveSizes(options, uploadId, resources.memory.limit);
  const complete = checkBoolean("complete", options.complete) ?? uploadId === undefined;
  const resume = resolveResume(options.resume);
  checkCombinations(options, resume, complete, sizes.firstPartNumber);
  const attributes = checkAttributes(options);
  const trafficLimit = checkTrafficLimit(options.trafficLimit);
  const singlePut = checkBoolean("singlePut", options.singlePut) ?? false;
  const leavePartsOnError =
    checkBoolean("leavePartsOnError", options.leavePartsOnError) ??
    (uploadId !== undefined || resume !== undefined);
  const signal = checkSignal(options.signal);
  const expected = resolveExpected(options);
  const connection = resolveConnection(options, resources);
  const encryption = checkEncryption(options.serverSideEncryption, connection.endpoint);
  return Object.freeze({
    ...sizes,
    connection,
    resources,
    client: options.client as StreamHost | undefined,
    key,
    uploadId,
    resume,
    complete,
    expected,
    attributes,
    encryption,
    trafficLimit,
    singlePut,
    leavePartsOnError,
    signal,
    idleTimeout: resolveIdleTimeout(options.timeout ?? connection.given.timeout),
  });
}

function resolveResume(value: unknown): ResumeOption | undefined {
  if (value === undefined || value === "latest") return value;
  const rule = 'expected "latest", or an object with the "uploadId" of an unfinished upload';
  if (typeof value === "string") throw invalidOption(RangeError, "resume", rule, describeValue(value));
  const record = checkObject("resume", value, rule)!;
  const given = readOptions<{ readonly uploadId?: unknown }>("resume", record, ["uploadId"], "resume.");
  return Object.freeze({ uploadId: checkUploadId(given.uploadId, "resume.uploadId") });
}

function checkCombinations(
  options: UploadStreamOptions,
  resume: ResumeOption | undefined,
  complete: boolean,
  firstPartNumber: number,
): void {
  const { uploadId, singlePut } = options;
  if (resume !== undefined && uploadId !== undefined) {
    const rule = 'it says which upload to go on with, so it cannot be combined with "uploadId"';
    throw invalidOption(TypeError, "resume", rule, "both");
  }
  if (complete && firstPartNumber > 1) {
    const rule =
      "with it the stream cannot complete the upload, as it does not know the parts before; complete it yourself";
    throw invalidOption(TypeError, "firstPartNumber", rule, `${firstPartNumber} and complete: true`);
  }
  const existing =
    uploadId !== undefined ? "uploadId" : typeof resume === "object" ? "resume.uploadId" : undefined;
  const initial = OBJECT_ATTRIBUTES.find((name) => name !== "forbidOverwrite" && options[name] !== undefined);
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

function resolveExpected(options: UploadStreamOptions): ResolvedUpload["expected"] {
  const crc64 = checkString("expectedCrc64", options.expectedCrc64, CRC64_RULE, /^\d{1,20}$/);
  if (crc64 !== undefined && BigInt(crc64) >= 2n ** 64n) {
    throw invalidOption(RangeError, "expectedCrc64", CRC64_RULE, describeValue(crc64));
  }
  const md5 = checkString(
    "expectedMd5",
    options.expectedMd5,
    "expected an MD5 in base64 or hex",
    /^([A-Za-z0-9+/]{22}==|[0-9a-fA-F]{32})$/,
  );
  return {
    ...(options.expectedSize !== undefined && { size: options.expectedSize }),
    ...(crc64 !== undefined && { crc64: BigInt(crc64).toString() }),
    ...(md5 !== undefined && { md5: md5.endsWith("=") ? md5 : Buffer.from(md5, "hex").toString("base64") }),
  };
}

/** What the streams of the `client` share. */
function resolveClient(options: UploadStreamOptions): Resources | undefined {
  const { client } = options;
  if (client === undefined) return undefined;
  if (!StreamHost.is(client)) {
    const rule = isBranded(client, "CosClient")
      ? "expected a CosClient of the same copy of cos-upload-stream; load it either by `import` or by `require`"
      : "expected a CosClient";
    throw invalidOption(TypeError, "client", rule, describeValue(client));
  }
  const resources = StreamHost.resourcesOf(client);
  checkAgainstClient(options, resources.connection.given);
  checkDigestAgainstClient(options.digest, resources);
  return resources;
}

function resolveConnection(options: UploadStreamOptions, { connection }: Resources): Connection {
  return {
    ...connection,
    retry: resolveRetry(options.retry, connection.retry),
    timeout: resolveTimeouts(options.timeout, connection.timeout),
  };
}
