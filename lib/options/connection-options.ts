import { isDeepStrictEqual } from "node:util";
import {
  checkBoolean,
  checkFunction,
  checkInteger,
  checkObject,
  checkRequired,
  checkString,
  describeValue,
  reading,
  readOptions,
} from "../check.ts";
import type { Connection, Timeouts } from "../cos/connection.ts";
import { CredentialCache } from "../cos/credentials/credential-cache.ts";
import {
  type CredentialProvider,
  type Credentials,
  validateCredentials,
} from "../cos/credentials/credentials.ts";
import { backupEndpoint, resolveEndpoint } from "../cos/endpoint.ts";
import { CosClock } from "../cos/signing/clock.ts";
import { cosSigner, customSigner, type RequestSigner } from "../cos/signing/signer.ts";
import { invalidOption } from "../errors.ts";
import { UndiciTransport } from "../http/undici-transport.ts";
import { MAX_TIMER } from "../limits.ts";
import type { ConnectionOptions, RetryOption, TimeoutOption } from "../options.ts";
import type { RetryOptions } from "../retry/policy.ts";

const RETRY_DEFAULTS: RetryOptions = { maxAttempts: 5, baseDelay: 100, maxDelay: 20_000 };
const TIMEOUT_DEFAULTS: Timeouts = { connect: 10_000, attempt: 120_000, complete: 1_200_000 };

/** The names of {@link ConnectionOptions}. */
export const CONNECTION_OPTIONS = [
  "bucket",
  "region",
  "endpoint",
  "accelerate",
  "internal",
  "autoSwitchHost",
  "credentials",
  "signer",
  "retry",
  "timeout",
  "dispatcher",
] as const;

const RETRY_OPTIONS = ["maxAttempts", "baseDelay", "maxDelay", "isRetryable"];
const TIMEOUT_OPTIONS = ["connect", "attempt", "complete", "idle"];

/** The options as they are at this moment, what is within them too. */
export function readConnectionOptions<T extends ConnectionOptions>(
  where: string,
  options: T,
  known: readonly string[],
): T {
  const { retry, timeout, credentials, ...others } = readOptions<ConnectionOptions>(where, options, known);
  const groups = {
    ...(credentials !== undefined && {
      credentials: reading("credentials", () => copyCredentials(credentials)),
    }),
    ...(checkObject("retry", retry) && { retry: readOptions("retry", retry!, RETRY_OPTIONS, "retry.") }),
    ...(checkObject("timeout", timeout) && {
      timeout: readOptions("timeout", timeout!, TIMEOUT_OPTIONS, "timeout."),
    }),
  };
  return { ...others, ...groups } as T;
}

/**
 * Checks the options and opens what they describe; no socket is opened before the first request.
 *
 * @param options As {@link readConnectionOptions} gives them.
 */
export function createConnection(options: ConnectionOptions): Connection {
  const bucketRule = "expected name-appid, such as examplebucket-1250000000";
  const bucket = checkRequired(
    "bucket",
    checkString("bucket", options.bucket, bucketRule, /^[a-z\d]([a-z\d-]*[a-z\d])?-\d+$/),
    bucketRule,
  );
  const regionRule = "expected a region id, such as ap-beijing";
  const region = checkRequired(
    "region",
    checkString("region", options.region, regionRule, /^[a-z\d-]+$/),
    regionRule,
  );
  const endpoint = resolveEndpoint({
    bucket,
    region,
    endpoint: checkString("endpoint", options.endpoint),
    accelerate: checkBoolean("accelerate", options.accelerate),
    internal: checkBoolean("internal", options.internal),
  });
  // Who signs in place of the library may know one host only.
  const mayMove = (checkBoolean("autoSwitchHost", options.autoSwitchHost) ?? true) && !options.signer;
  const backup = mayMove ? backupEndpoint(endpoint) : undefined;
  const timeout = resolveTimeouts(options.timeout, TIMEOUT_DEFAULTS);
  const retry = resolveRetry(options.retry, RETRY_DEFAULTS);
  const clock = new CosClock();
  const signer = resolveSigner(options, clock);
  checkDispatcher(options.dispatcher);
  const transport = new UndiciTransport({ dispatcher: options.dispatcher, connectTimeout: timeout.connect });
  const given = Object.fromEntries(CONNECTION_OPTIONS.map((name) => [name, options[name]]));
  return { bucket, given, endpoint, backup, signer, clock, transport, retry, timeout };
}

/**
 * Refuses connection options beside a `client` that would be ignored: what is said again must be what the client was made with.
 */
export function checkAgainstClient(options: ConnectionOptions, given: Connection["given"]): void {
  for (const name of CONNECTION_OPTIONS) {
    if (name === "retry" || name === "timeout" || options[name] === undefined) continue;
    if (reading(name, () => isDeepStrictEqual(options[name], given[name]))) continue;
    throw invalidOption(
      TypeError,
      name,
      'it comes from the "client" and cannot differ from it',
      "another value",
    );
  }
}

export function resolveRetry(option: RetryOption | undefined, defaults: RetryOptions): RetryOptions {
  if (option === undefined) return defaults;
  const delay = { min: 0, max: MAX_TIMER, unit: "ms" };
  return {
    maxAttempts:
      checkInteger("retry.maxAttempts", option.maxAttempts, { min: 1, max: 100 }) ?? defaults.maxAttempts,
    baseDelay: checkInteger("retry.baseDelay", option.baseDelay, delay) ?? defaults.baseDelay,
    maxDelay: checkInteger("retry.maxDelay", option.maxDelay, delay) ?? defaults.maxDelay,
    isRetryable: checkFunction("retry.isRetryable", option.isRetryable) ?? defaults.isRetryable,
  };
}

export function resolveTimeouts(option: TimeoutOption | undefined, defaults: Timeouts): Timeouts {
  if (option === undefined) return defaults;
  resolveIdleTimeout(option);
  const bounds = { min: 1, max: MAX_TIMER, unit: "ms" };
  return {
    connect: checkInteger("timeout.connect", option.connect, bounds) ?? defaults.connect,
    attempt: checkInteger("timeout.attempt", option.attempt, bounds) ?? defaults.attempt,
    complete: checkInteger("timeout.complete", option.complete, bounds) ?? defaults.complete,
  };
}

/** `timeout.idle`, which belongs to a stream and not to the connection; 0 is off. */
export function resolveIdleTimeout(option: TimeoutOption | undefined): number {
  return checkInteger("timeout.idle", option?.idle, { min: 0, max: MAX_TIMER, unit: "ms" }) ?? 0;
}

function resolveSigner({ credentials, signer }: ConnectionOptions, clock: CosClock): RequestSigner {
  if (signer !== undefined) {
    if (credentials !== undefined) {
      throw invalidOption(
        TypeError,
        "signer",
        'it takes the place of "credentials"; give one of them',
        "both",
      );
    }
    return customSigner(checkFunction("signer", signer)!);
  }
  // What ends, ends by COS's clock.
  const signerOf = (provider: CredentialProvider): RequestSigner =>
    cosSigner(new CredentialCache(provider, () => clock.now()), clock);
  if (typeof credentials === "function") return signerOf(credentials);
  if (credentials === undefined) return signerOf(defaultChain());
  return signerOf(() => credentials);
}

function copyCredentials(given: Credentials | CredentialProvider): Credentials | CredentialProvider {
  if (typeof given === "function") return given;
  const flawOfGiven = validateCredentials(given);
  const { secretId, secretKey, securityToken, expiresAt } = Object(given) as Credentials;
  const copy = {
    ...{ secretId, secretKey },
    ...(securityToken !== undefined && { securityToken }),
    ...(expiresAt !== undefined && { expiresAt: new Date(expiresAt) }),
  };
  const flaw = flawOfGiven ?? validateCredentials(copy);
  if (flaw === undefined) return copy;
  const rule = "expected { secretId, secretKey, securityToken?, expiresAt? } or a function that returns it";
  throw invalidOption(TypeError, "credentials", rule, `a value that ${flaw}`);
}

/** Loaded when it is asked: most programs bring their credentials. */
function defaultChain(): CredentialProvider {
  let chain: Promise<CredentialProvider> | undefined;
  return async (context) => {
    chain ??= import("../cos/credentials/default-chain.ts").then(({ defaultCredentials }) =>
      defaultCredentials(),
    );
    return (await chain)(context);
  };
}

function checkDispatcher(dispatcher: unknown): void {
  if (dispatcher === undefined) return;
  const { dispatch, request } = reading("dispatcher", () => {
    const { dispatch, request } = Object(dispatcher) as Record<string, unknown>;
    return { dispatch, request };
  });
  if (typeof dispatch === "function" && typeof request === "function") return;
  throw invalidOption(
    TypeError,
    "dispatcher",
    "expected a Dispatcher of undici, such as an Agent",
    describeValue(dispatcher),
  );
}
