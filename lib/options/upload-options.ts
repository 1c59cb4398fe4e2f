import { checkBoolean, checkInteger, checkNames, checkString, describeValue } from "../check.ts";
import {
  checkAttributes,
  checkEncryption,
  checkKey,
  checkPartNumber,
  checkTrafficLimit,
  checkUploadId,
} from "../cos/check-params.ts";
import type { Connection } from "../cos/connection.ts";
import { copyEncryption, type ServerSideEncryption } from "../cos/encryption.ts";
import { copyAttributes, OBJECT_ATTRIBUTES, type ObjectAttributes } from "../cos/object-headers.ts";
import { invalidOption } from "../errors.ts";
import { KIB, MAX_PART_SIZE, MAX_PARTS, MIB, MIN_PART_SIZE } from "../limits.ts";
import type { UploadStreamOptions } from "../options.ts";
import { createPartPlan, type PartPlan } from "../parts/plan.ts";
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
  resolveMemory,
} from "./resources.ts";
import { StreamHost } from "./stream-host.ts";

const DEFAULT_PART_SIZE: number = 8 * MIB;
const DEFAULT_HIGH_WATER_MARK = 256 * KIB;

const CRC64_RULE = "expected a CRC64 as an unsigned decimal string, below 2 ** 64";

/** The names of {@link UploadStreamOptions}. */
export const UPLOAD_OPTIONS: readonly (keyof UploadStreamOptions)[] = [
  ...CLIENT_OPTIONS,
  ...OBJECT_ATTRIBUTES,
  "key",
  "uploadId",
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
export interface ResolvedUpload {
  /** With this upload's own `retry` and `timeout`. */
  readonly connection: Connection;
  readonly resources: Resources;
  /** Whether the resources were made for this upload alone, and are closed with it. */
  readonly ownsResources: boolean;
  readonly key: string;
  readonly uploadId: string | undefined;
  readonly firstPartNumber: number;
  readonly complete: boolean;
  readonly plan: PartPlan;
  readonly expected: {
    readonly size?: number;
    readonly crc64?: string /** Base64. */;
    readonly md5?: string;
  };
  readonly concurrency: number;
  readonly memory: number;
  readonly attributes: ObjectAttributes;
  readonly encryption: ServerSideEncryption | undefined;
  readonly trafficLimit: number | undefined;
  readonly singlePut: boolean;
  readonly leavePartsOnError: boolean;
  readonly signal: AbortSignal | undefined;
  readonly highWaterMark: number;
  /** Milliseconds; 0 is off. */
  readonly idleTimeout: number;
}

/**
 * Checks all options of an upload and decides what they leave open.
 *
 * @throws TypeError, RangeError `ERR_COS_INVALID_OPTION`.
 */
export function resolveUpload(options: UploadStreamOptions): Readonly<ResolvedUpload> {
  if (typeof options !== "object" || options === null) {
    throw invalidOption(
      TypeError,
      "options",
      "expected an object with bucket, region and key",
      describeValue(options),
    );
  }
  checkNames("an upload stream", options, UPLOAD_OPTIONS);
  const key = checkKey(options.key);
  const uploadId = options.uploadId === undefined ? undefined : checkUploadId(options.uploadId);
  // Resources open nothing before they are used: an option that is refused after it leaves nothing behind.
  const resources = resolveClient(options) ?? createResources(options);
  const sizes = resolveSizes(options, uploadId, resources.memory.limit);
  const complete = checkBoolean("complete", options.complete) ?? uploadId === undefined;
  checkCombinations(options, uploadId, complete, sizes.firstPartNumber);
  checkAttributes(options);
  const trafficLimit = checkTrafficLimit(options.trafficLimit);
  const singlePut = checkBoolean("singlePut", options.singlePut) ?? false;
  const leavePartsOnError =
    checkBoolean("leavePartsOnError", options.leavePartsOnError) ?? uploadId !== undefined;
  const signal = checkSignal(options.signal);
  const expected = resolveExpected(options);
  const connection = resolveConnection(options, resources);
  checkEncryption(options.serverSideEncryption, connection.endpoint);
  return Object.freeze({
    ...sizes,
    connection,
    resources,
    ownsResources: options.client === undefined,
    key,
    uploadId,
    complete,
    expected,
    attributes: copyAttributes(options),
    encryption: copyEncryption(options.serverSideEncryption),
    trafficLimit,
    singlePut,
    leavePartsOnError,
    signal,
    idleTimeout: resolveIdleTimeout(options.timeout ?? connection.given.timeout),
  });
}

/** The part sizes and buffers; what cannot work together is refused here, so that nothing can wait for ever. */
export function resolvePlan(
  options: Pick<UploadStreamOptions, "partSize" | "maxParts" | "expectedSize">,
  maxPartSize: number,
  availableParts: number = MAX_PARTS,
): PartPlan {
  const bounds = { min: MIN_PART_SIZE, max: MAX_PART_SIZE, unit: "bytes" };
  const given = checkInteger("partSize", options.partSize, bounds);
  const partSize = given ?? Math.min(DEFAULT_PART_SIZE, maxPartSize);
  if (partSize > maxPartSize) {
    const rule = `expected at most the "memory" of ${maxPartSize} bytes, in which one part must fit`;
    throw invalidOption(RangeError, "partSize", rule, describeValue(partSize));
  }
  const maxParts = checkInteger("maxParts", options.maxParts, { min: 1, max: MAX_PARTS }) ?? MAX_PARTS;
  const expectedSize = checkInteger("expectedSize", options.expectedSize, {
    min: 0,
    max: Number.MAX_SAFE_INTEGER,
    unit: "bytes",
  });
  return createPartPlan({
    partSize,
    maxParts: Math.min(maxParts, availableParts),
    expectedSize,
    maxPartSize,
  });
}

function resolveSizes(
  options: UploadStreamOptions,
  uploadId: string | undefined,
  available: number,
): Pick<ResolvedUpload, "plan" | "firstPartNumber" | "concurrency" | "memory" | "highWaterMark"> {
  const memory = resolveMemory(options.memory) ?? available;
  if (memory > available) {
    const rule = `expected at most the ${available} bytes of the "client", which all its streams share`;
    throw invalidOption(RangeError, "memory", rule, describeValue(memory));
  }
  const firstPartNumber = checkPartNumber("firstPartNumber", options.firstPartNumber) ?? 1;
  if (options.firstPartNumber !== undefined && uploadId === undefined) {
    throw invalidOption(
      TypeError,
      "firstPartNumber",
      'it goes with "uploadId" only',
      describeValue(firstPartNumber),
    );
  }
  return {
    plan: resolvePlan(options, Math.min(memory, MAX_PART_SIZE), MAX_PARTS - firstPartNumber + 1),
    firstPartNumber,
    concurrency: checkInteger("concurrency", options.concurrency, { min: 1, max: 64 }) ?? 4,
    memory,
    highWaterMark:
      checkInteger("highWaterMark", options.highWaterMark, { min: 0, max: MAX_PART_SIZE, unit: "bytes" }) ??
      DEFAULT_HIGH_WATER_MARK,
  };
}

function checkCombinations(
  options: UploadStreamOptions,
  uploadId: string | undefined,
  complete: boolean,
  firstPartNumber: number,
): void {
  if (complete && firstPartNumber > 1) {
    const rule =
      "with it the stream cannot complete the upload, as it does not know the parts before; complete it yourself";
    throw invalidOption(TypeError, "firstPartNumber", rule, `${firstPartNumber} and complete: true`);
  }
  const initial = OBJECT_ATTRIBUTES.find((name) => name !== "forbidOverwrite" && options[name] !== undefined);
  if (uploadId !== undefined && initial !== undefined) {
    const rule = 'it is given when an upload is begun, so it cannot be combined with "uploadId"';
    throw invalidOption(TypeError, initial, rule, "both");
  }
  if (options.singlePut === true && (uploadId !== undefined || !complete)) {
    const rule = 'it makes a whole object, so it cannot be combined with "uploadId" or "complete: false"';
    throw invalidOption(TypeError, "singlePut", rule, "both");
  }
}

function checkSignal(signal: unknown): AbortSignal | undefined {
  if (signal === undefined) return undefined;
  // A signal of the stream's own: Node warns when more than ten streams listen to one.
  if (signal instanceof AbortSignal) return AbortSignal.any([signal]);
  throw invalidOption(TypeError, "signal", "expected an AbortSignal", describeValue(signal));
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
  if (!(client instanceof StreamHost)) {
    throw invalidOption(TypeError, "client", "expected a CosClient", describeValue(client));
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
