import { abortSignal } from "../abort.ts";
import { boolean, callback, either, integer, oneOf, required, string, withDefault } from "../check/rules.ts";
import { group, type Table } from "../check/table.ts";
import { ATTRIBUTES } from "../cos/parameters/attributes.ts";
import { serverSideEncryption } from "../cos/parameters/encryption.ts";
import type { ObjectAttributes } from "../cos/parameters/object-headers.ts";
import {
  crc64,
  md5OfAnyForm,
  objectKey,
  partNumber,
  trafficLimit,
  uploadId,
} from "../cos/parameters/rules.ts";

import { KIB, MAX_PART_SIZE, MAX_PARTS, MAX_TIMER, MIB, MIN_PART_SIZE } from "../limits.ts";
import type {
  ConnectionOptions,
  DigestOption,
  PartResourceOptions,
  RetryOption,
  TimeoutOption,
  UploadStreamOptions,
} from "../options.ts";
import { client, credentials, dispatcher } from "./rules.ts";

const MAX = Number.MAX_SAFE_INTEGER;

export const RETRY: Table<RetryOption, "maxAttempts" | "baseDelay" | "maxDelay"> = {
  maxAttempts: withDefault(integer(1, 100), 5),
  baseDelay: withDefault(integer(0, MAX_TIMER, "ms"), 100),
  maxDelay: withDefault(integer(0, MAX_TIMER, "ms"), 20_000),
  isRetryable: callback(),
};

export const TIMEOUT: Table<TimeoutOption, keyof TimeoutOption> = {
  connect: withDefault(integer(1, MAX_TIMER, "ms"), 10_000),
  attempt: withDefault(integer(1, MAX_TIMER, "ms"), 120_000),
  stall: withDefault(integer(0, MAX_TIMER, "ms"), 30_000),
  complete: withDefault(integer(1, MAX_TIMER, "ms"), 1_200_000),
  idle: withDefault(integer(0, MAX_TIMER, "ms"), 0),
  beforeComplete: withDefault(integer(0, MAX_TIMER, "ms"), 0),
};

export const DIGEST: Table<DigestOption, "worker"> = {
  worker: withDefault(either(boolean, oneOf("auto")), "auto"),
};

/** The options of a bucket and how it is reached. */
export const CONNECTION: Table<
  ConnectionOptions,
  "accelerate" | "internal" | "autoSwitchHost" | "connections"
> = {
  bucket: string("name-appid, such as examplebucket-1250000000", /^[a-z\d]([a-z\d-]*[a-z\d])?-\d+$/),
  region: string("a region id, such as ap-beijing", /^[a-z\d-]+$/),
  endpoint: string(),
  accelerate: withDefault(boolean, false),
  internal: withDefault(boolean, false),
  autoSwitchHost: withDefault(boolean, true),
  credentials,
  signer: callback(),
  retry: group(RETRY),
  timeout: group(TIMEOUT),
  dispatcher,
  connections: withDefault(integer(1, 65_535), 128),
};

/** The options of a client: those of its streams together. */
export const CLIENT: Table<ConnectionOptions & PartResourceOptions, "memory"> = {
  ...CONNECTION,
  memory: withDefault(integer(MIN_PART_SIZE, MAX, "bytes"), 128 * MIB),
  digest: group(DIGEST),
};

/** The options of how a stream is cut. */
export type PlanOptions = Pick<UploadStreamOptions, "partSize" | "maxParts" | "expectedSize">;

export const PLAN: Table<PlanOptions, "partSize" | "maxParts"> = {
  partSize: withDefault(integer(MIN_PART_SIZE, MAX_PART_SIZE, "bytes"), 8 * MIB),
  maxParts: withDefault(integer(1, MAX_PARTS), MAX_PARTS),
  expectedSize: integer(0, MAX, "bytes"),
};

/** The other options of a stream, without those of its client and of its object. */
export type StreamOptions = Omit<
  UploadStreamOptions,
  keyof (ConnectionOptions & PartResourceOptions & ObjectAttributes & PlanOptions) | "client"
>;

export const STREAM: Table<
  StreamOptions,
  "firstPartNumber" | "wholeMd5" | "concurrency" | "singlePut" | "highWaterMark"
> = {
  key: objectKey,
  uploadId,
  resume: either(
    oneOf("latest"),
    group({ uploadId: required(uploadId) }, 'an object with the "uploadId" of an unfinished upload'),
  ),
  firstPartNumber: withDefault(partNumber, 1),
  complete: boolean,
  expectedCrc64: crc64,
  expectedMd5: md5OfAnyForm,
  beforeComplete: callback(),
  wholeMd5: withDefault(boolean, false),
  concurrency: withDefault(integer(1, 64), 4),
  serverSideEncryption,
  trafficLimit,
  singlePut: withDefault(boolean, false),
  leavePartsOnError: boolean,
  signal: abortSignal,
  highWaterMark: withDefault(integer(0, MAX_PART_SIZE, "bytes"), 256 * KIB),
};

/** All options of an upload stream. */
export const UPLOAD: Table<UploadStreamOptions> = { ...CLIENT, ...ATTRIBUTES, ...PLAN, ...STREAM, client };
