import { MAX_PART_SIZE, MAX_PARTS, MIN_PART_SIZE } from "../limits.ts";
import { checkBoolean, checkInteger, checkNames, checkString, invalidOption } from "./invalid-option.ts";

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
  /** The clock of the server, in milliseconds since 1970. Default `Date.now`. */
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
