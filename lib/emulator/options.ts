import { boolean, callback, integer, oneOf, required, string, withDefault } from "../check/rules.ts";
import { type Decided, decide, group, readOptions, type Table } from "../check/table.ts";
import { MAX_PART_SIZE, MAX_PARTS, MAX_TIMER, MIN_PART_SIZE } from "../limits.ts";
import { wallTime } from "../timers.ts";

/** The only keys that the emulator accepts. */
export interface EmulatorCredentials {
  /** SecretId. */
  readonly secretId: string;
  /** SecretKey. */
  readonly secretKey: string;
  /** If given, every request must have it as `x-cos-security-token`. Default: none. */
  readonly securityToken?: string;
}

/** Limits of COS that a test can make smaller. */
export interface EmulatorLimits {
  /** Smallest size of a part that is not the last one, in bytes, 0 to 5 GiB. Complete Multipart Upload checks it. Default 1 MiB, as COS. */
  readonly minPartSize?: number;
  /** Highest part number, 1 to 10,000. Default 10,000, as COS. */
  readonly maxParts?: number;
  /** Largest size of a part, and of an object sent by Put Object, in bytes, 1 to 5 GiB. Default 5 GiB, as COS. */
  readonly maxPartSize?: number;
}

/** Options of {@link startEmulator}. All have a default. */
export interface EmulatorOptions {
  /** TCP port, 0 to 65,535. Default 0: a free one, so that tests can run at the same time. */
  readonly port?: number;
  /** TCP port of the console, a page for this machine only; 0 takes a free one. Default: there is none. */
  readonly consolePort?: number;
  /** Address to listen on. Default `127.0.0.1`: only this machine can connect. */
  readonly host?: string;
  /**
   * Where objects and unfinished uploads are kept: a folder that is missing, empty, or was used by an emulator before. One emulator can use
   * it at a time. What was answered with success is still there after `close()`, after `kill -9` and after a power cut. Default: a
   * temporary folder, which `close()` removes.
   */
  readonly directory?: string;
  /** The bucket, if the Host header of a request names none: name and APPID. Default `examplebucket-1250000000`. */
  readonly bucket?: string;
  /** The region. Default `ap-guangzhou`. */
  readonly region?: string;
  /** The only keys that are accepted. Default: a fixed pair, which `target` has. */
  readonly credentials?: EmulatorCredentials;
  /** The clock of the server, in milliseconds since 1970. Default: the clock of the system. */
  readonly clock?: () => number;
  /** Limits of COS that a test can make smaller. Default: those of COS. */
  readonly limits?: EmulatorLimits;
  /** How long Complete Multipart Upload sends whitespace before its result, in milliseconds, as COS does for large objects. Default 0. */
  readonly completeDelay?: number;
  /** How long an idle connection is kept, in milliseconds. Default 60,000. */
  readonly keepAliveTimeout?: number;
  /** Whether List Parts answers the CRC64 of each part. COS's documents do not say so; some of its SDKs look for it. Default false. */
  readonly listPartsCrc64?: boolean;
  /** How an object is encrypted if its request names no encryption: the default of the bucket. Default: not at all. */
  readonly bucketEncryption?: "SSE-COS" | "SSE-KMS";
}

const MAX_PORT = 65_535;

const CREDENTIALS: Table<EmulatorCredentials> = {
  secretId: required(string()),
  secretKey: required(string()),
  securityToken: string(),
};

const LIMITS: Table<EmulatorLimits, keyof EmulatorLimits> = {
  minPartSize: withDefault(integer(0, MAX_PART_SIZE, "bytes"), MIN_PART_SIZE),
  maxParts: withDefault(integer(1, MAX_PARTS), MAX_PARTS),
  maxPartSize: withDefault(integer(1, MAX_PART_SIZE, "bytes"), MAX_PART_SIZE),
};

/** `name-appid`: https://intl.cloud.tencent.com/document/product/436/13312 */
export const BUCKET_NAME: RegExp = /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?-\d+$/;

/** The rules of {@link EmulatorOptions}. */
export const EMULATOR: Table<
  EmulatorOptions,
  Exclude<keyof EmulatorOptions, "consolePort" | "directory" | "limits" | "bucketEncryption">
> = {
  port: withDefault(integer(0, MAX_PORT), 0),
  consolePort: integer(0, MAX_PORT),
  host: withDefault(string(), "127.0.0.1"),
  directory: string("a path", /^[^\0]+$/),
  bucket: withDefault(string("name-appid", BUCKET_NAME), "examplebucket-1250000000"),
  region: withDefault(string("a region id", /^[a-z0-9-]+$/), "ap-guangzhou"),
  credentials: withDefault(group(CREDENTIALS), {
    secretId: "AKIDemulatoremulatoremulatoremulator",
    secretKey: "emulatorEmulatorEmulatorEmulator",
  }),
  clock: withDefault(callback<() => number>(), () => wallTime()),
  limits: group(LIMITS),
  completeDelay: withDefault(integer(0, MAX_TIMER, "ms"), 0),
  keepAliveTimeout: withDefault(integer(0, MAX_TIMER, "ms"), 60_000),
  listPartsCrc64: withDefault(boolean, false),
  bucketEncryption: oneOf("SSE-COS", "SSE-KMS"),
};

/** Options, checked and decided. */
export interface Settings extends Omit<Decided<typeof EMULATOR>, "limits"> {
  readonly limits: Decided<typeof LIMITS>;
}

/** Checks the options and decides what they leave open. */
export function resolveOptions(given: EmulatorOptions): Settings {
  const options = readOptions("an emulator", given, EMULATOR);
  return Object.freeze({ ...decide(EMULATOR, options), limits: decide(LIMITS, options.limits ?? {}) });
}
