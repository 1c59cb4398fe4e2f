import { readFile } from "node:fs/promises";
import { CosUploadError } from "../../errors.ts";
import { retry } from "../../retry/loop.ts";
import { wallTime } from "../../timers.ts";
import { VERSION } from "../../version.ts";
import { redactorOf } from "../answers/redact.ts";
import type { Credentials } from "./credentials.ts";
import { fetchKeys } from "./fetch-keys.ts";
import { parseObject, readTemporaryKeys } from "./temporary-keys.ts";

/** Tencent Cloud's Security Token Service. */
export const STS_ENDPOINT = "https://sts.tencentcloudapi.com";

/** What Kubernetes (TKE) sets in a pod whose service account has a role. */
const NAMES = ["TKE_REGION", "TKE_PROVIDER_ID", "TKE_ROLE_ARN", "TKE_WEB_IDENTITY_TOKEN_FILE"] as const;

type Identity = Record<(typeof NAMES)[number], string>;

/** Milliseconds for one request. */
const TIMEOUT = 5_000;

/** The service allows 20 requests per second for an account, and pods start at the same time. */
const RETRY = { maxAttempts: 3, baseDelay: 200, maxDelay: 2_000 } as const;

/** How long the keys are valid, in seconds: the default of the service. */
const DURATION = 7_200;

/**
 * Temporary keys of the role of the service account of this pod. Kubernetes keeps a token in a file (and renews it there, so it is read each
 * time). A request that is not signed exchanges the token for keys.
 *
 * @returns In words why there are none, where none of the variables is set.
 * @throws CosUploadError `ERR_COS_CREDENTIALS` when some are missing, the file cannot be read, or the service refuses.
 * @see https://www.tencentcloud.com/document/product/1150/49454 (AssumeRoleWithWebIdentity)
 */
export async function fromTkeOidc(env: NodeJS.ProcessEnv, endpoint: string): Promise<Credentials | string> {
  const identity = identityOf(env);
  if (identity === undefined) return "not set";
  const token = await readToken(identity.TKE_WEB_IDENTITY_TOKEN_FILE);
  const { value } = await retry(() => assumeRole(identity, token, endpoint), {
    retry: RETRY,
    signal: new AbortController().signal,
    reauthenticate: () => false,
    random: Math.random,
  }).catch((cause) => {
    throw cause.code === "ERR_COS_CREDENTIALS" ? cause : failure("see the cause", cause);
  });
  return value;
}

function identityOf(env: NodeJS.ProcessEnv): Identity | undefined {
  const values = NAMES.map((name) => [name, env[name]?.trim() ?? ""] as const);
  const missing = values.filter(([, value]) => value === "").map(([name]) => name);
  if (missing.length === NAMES.length) return undefined;
  if (missing.length > 0) {
    const set = NAMES.filter((name) => !missing.includes(name));
    throw new CosUploadError(
      "ERR_COS_CREDENTIALS",
      `${set.join(", ")} set, but not ${missing.join(", ")}; set all of them or none`,
    );
  }
  const identity = Object.fromEntries(values) as Identity;
  if (!/^[\w-]+$/.test(identity.TKE_REGION)) {
    throw new CosUploadError("ERR_COS_CREDENTIALS", "TKE_REGION is no region id, such as ap-beijing");
  }
  return identity;
}

async function readToken(file: string): Promise<string> {
  let token: string;
  try {
    token = (await readFile(file, "utf8")).trim();
  } catch (cause) {
    throw new CosUploadError(
      "ERR_COS_CREDENTIALS",
      `Could not read ${file}, which TKE_WEB_IDENTITY_TOKEN_FILE names`,
      { cause },
    );
  }
  if (token !== "") return token;
  throw new CosUploadError(
    "ERR_COS_CREDENTIALS",
    `There is no token in ${file}, which TKE_WEB_IDENTITY_TOKEN_FILE names`,
  );
}

async function assumeRole(identity: Identity, token: string, endpoint: string): Promise<Credentials> {
  const { statusCode, body } = await fetchKeys({
    origin: endpoint,
    path: "/",
    timeout: TIMEOUT,
    headers: {
      "Content-Type": "application/json",
      // The value for a request that is not signed.
      Authorization: "SKIP",
      "X-TC-Action": "AssumeRoleWithWebIdentity",
      "X-TC-Version": "2018-08-13",
      "X-TC-Region": identity.TKE_REGION,
      "X-TC-Timestamp": String(Math.floor(wallTime() / 1000)),
      "User-Agent": `cos-upload-stream/${VERSION}`,
    },
    json: {
      ProviderId: identity.TKE_PROVIDER_ID,
      WebIdentityToken: token,
      RoleArn: identity.TKE_ROLE_ARN,
      RoleSessionName: `cos-upload-stream-${wallTime()}`,
      DurationSeconds: DURATION,
    },
  });
  const { Error: refusal, Credentials, ExpiredTime } = Object(parseObject(body).Response);
  if (refusal !== undefined) throw refused(Object(refusal), redactorOf([token]).text);
  if (statusCode !== 200) throw passing(`it answered with status ${statusCode}`);
  const { keys, flaw } = readTemporaryKeys(Credentials, ExpiredTime);
  if (keys === undefined) throw failure(`it gave a value that ${flaw}`);
  return keys;
}

function refused({ Code, Message }: { Code?: unknown; Message?: unknown }, clean: (text: string) => string) {
  const said = clean(`${Code}: ${Message}`).slice(0, 500);
  return /^(InternalError|RequestLimitExceeded)/.test(String(Code)) ? passing(said) : failure(said);
}

/** An error that the retry policy tries again. */
function passing(what: string): CosUploadError {
  return new CosUploadError("ERR_COS_BAD_RESPONSE", what);
}

function failure(what: string, cause?: unknown): CosUploadError {
  return new CosUploadError(
    "ERR_COS_CREDENTIALS",
    `Could not get keys for the role of TKE_ROLE_ARN from the Security Token Service: ${what}`,
    cause === undefined ? {} : { cause },
  );
}
