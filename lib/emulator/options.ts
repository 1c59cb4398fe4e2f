import { MAX_PART_SIZE, MAX_PARTS, MIN_PART_SIZE } from "../limits.ts";
import { checkBoolean, checkInteger, checkNames, checkString, invalidOption } from "./invalid-option.ts";

/** The one key pair the emulator knows. */
export interface EmulatorCredentials {
  readonly secretId: string;
  readonly secretKey: string;
  /** When given, every request must carry it as `x-cos-security-token`. */
  readonly securityToken?: string;
}

/** Limits that a test may want smaller than COS's own, in bytes unless a name says otherwise. */
export interface EmulatorLimits {
  /** What a part other than the last must have at Complete. Default 1 MiB. */
  readonly minPartSize?: number;
  /** The highest part number. Default 10 000. */
  readonly maxParts?: number;
  /** The most a part, or an object sent by Put Object, may have. Default 5 GiB. */
  readonly maxPartSize?: number;
}

/** What {@link startEmulator} takes; every option has a default. */
export interface EmulatorOptions {
  /** TCP port; 0, the default, takes a free one. */
  readonly port?: number;
  /** TCP port of the console, a page for this machine only; 0 takes a free one. Default: there is none. */
  readonly consolePort?: number;
  /** Address to listen on. Default `127.0.0.1`: nobody but this machine can connect. */
  readonly host?: string;
  /**
   * Where the state is kept: empty, missing, or one that an emulator used before, and that none uses now. What was answered with
   * success is found there again, whether the emulator was closed, its process killed, or the power cut. Default: a temporary
   * one, removed by `close()`.
   */
  readonly directory?: string;
  /** The bucket meant by a Host header that names none. Default `examplebucket-1250000000`. */
  readonly bucket?: string;
  /** Default `ap-guangzhou`. */
  readonly region?: string;
  readonly credentials?: EmulatorCredentials;
  /** The server's clock, in milliseconds since 1970. Default `Date.now`. */
  readonly clock?: () => number;
  readonly limits?: EmulatorLimits;
  /** How long Complete sends whitespace before its result, in milliseconds. Default 0. */
  readonly completeDelay?: number;
  /** How long an idle connection is kept, in milliseconds. Default 60 000. */
  readonly keepAliveTimeout?: number;
  /** Whether List Parts tells the CRC64 of each part. COS's documentation does not say so; some of its SDKs look for it. Default false. */
  readonly listPartsCrc64?: boolean;
  /** How objects are encrypted for which a request names no encryption: the bucket's default. Default: not at all. */
  readonly bucketEncryption?: "SSE-COS" | "SSE-KMS";
}

/** Options after their one check. */
export interface Settings {
  readonly port: number;
  readonly consolePort: number | undefined;
  readonly host: string;
  readonly directory: string | undefined;
  readonly bucket: string;
  readonly region: string;
  readonly credentials: EmulatorCredentials;
  readonly clock: () => number;
  readonly limits: Required<EmulatorLimits>;
  readonly completeDelay: number;
  readonly keepAliveTimeout: number;
  readonly listPartsCrc64: boolean;
  readonly bucketEncryption: "SSE-COS" | "SSE-KMS" | undefined;
}

/** `name-appid`: https://intl.cloud.tencent.com/document/product/436/13312 */
export const BUCKET_NAME: RegExp = /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?-\d+$/;

const REGION = /^[a-z0-9-]+$/;

const DEFAULT_CREDENTIALS: EmulatorCredentials = Object.freeze({
  secretId: "AKIDemulatoremulatoremulatoremulator",
  secretKey: "emulatorEmulatorEmulatorEmulator",
});

const LONGEST_TIMER = 2 ** 31 - 1;

/** Checks the options and fills in the defaults. */
export function resolveOptions(given: EmulatorOptions): Settings {
  const options = checkNames("options", given, [
    "port",
    "consolePort",
    "host",
    "directory",
    "bucket",
    "region",
    "credentials",
    "clock",
    "limits",
    "completeDelay",
    "keepAliveTimeout",
    "listPartsCrc64",
    "bucketEncryption",
  ]);
  const clock = options.clock ?? Date.now;
  if (typeof clock !== "function") {
    throw invalidOption("type", "clock", "must be a function that returns milliseconds", clock);
  }
  return Object.freeze({
    port: checkInteger("port", options.port ?? 0, 0, 65_535),
    consolePort:
      options.consolePort === undefined
        ? undefined
        : checkInteger("consolePort", options.consolePort, 0, 65_535),
    host: checkString("host", options.host ?? "127.0.0.1"),
    directory:
      options.directory === undefined ? undefined : checkString("directory", options.directory, /^[^\0]+$/),
    bucket: checkString("bucket", options.bucket ?? "examplebucket-1250000000", BUCKET_NAME),
    region: checkString("region", options.region ?? "ap-guangzhou", REGION),
    credentials: resolveCredentials(options.credentials),
    clock,
    limits: resolveLimits(options.limits ?? {}),
    completeDelay: checkInteger("completeDelay", options.completeDelay ?? 0, 0, LONGEST_TIMER),
    keepAliveTimeout: checkInteger("keepAliveTimeout", options.keepAliveTimeout ?? 60_000, 0, LONGEST_TIMER),
    listPartsCrc64: checkBoolean("listPartsCrc64", options.listPartsCrc64 ?? false),
    bucketEncryption:
      options.bucketEncryption === undefined
        ? undefined
        : (checkString("bucketEncryption", options.bucketEncryption, /^SSE-(COS|KMS)$/) as
            | "SSE-COS"
            | "SSE-KMS"),
  });
}

function resolveCredentials(given: EmulatorCredentials | undefined): EmulatorCredentials {
  if (given === undefined) return DEFAULT_CREDENTIALS;
  const credentials = checkNames("credentials", given, ["secretId", "secretKey", "securityToken"]);
  const { securityToken } = credentials;
  return Object.freeze({
    secretId: checkString("credentials.secretId", credentials.secretId),
    secretKey: checkString("credentials.secretKey", credentials.secretKey),
    ...(securityToken === undefined
      ? {}
      : { securityToken: checkString("credentials.securityToken", securityToken) }),
  });
}

function resolveLimits(given: EmulatorLimits): Required<EmulatorLimits> {
  const limits = checkNames("limits", given, ["minPartSize", "maxParts", "maxPartSize"]);
  return Object.freeze({
    minPartSize: checkInteger("limits.minPartSize", limits.minPartSize ?? MIN_PART_SIZE, 0, MAX_PART_SIZE),
    maxParts: checkInteger("limits.maxParts", limits.maxParts ?? MAX_PARTS, 1, MAX_PARTS),
    maxPartSize: checkInteger("limits.maxPartSize", limits.maxPartSize ?? MAX_PART_SIZE, 1, MAX_PART_SIZE),
  });
}
