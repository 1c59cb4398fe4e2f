import { CosUploadError } from "../../errors.ts";
import { type Credentials, validateCredentials } from "./credentials.ts";

/** Variables that belong together. */
interface KeySet {
  readonly id: string;
  readonly key: string;
  /** Of temporary keys; the first that is set. */
  readonly tokens: readonly string[];
}

/** The names that Tencent Cloud's SDKs, tools and runtimes have for keys. The first set of which anything is there is taken. */
const KEY_SETS: readonly KeySet[] = [
  // The SDKs; with the token of the command (TOKEN), Terraform and Pulumi (SECURITY_TOKEN), and others.
  {
    id: "TENCENTCLOUD_SECRET_ID",
    key: "TENCENTCLOUD_SECRET_KEY",
    tokens: ["TENCENTCLOUD_SESSION_TOKEN", "TENCENTCLOUD_TOKEN", "TENCENTCLOUD_SECURITY_TOKEN"],
  },
  // The samples of COS's SDKs, two spellings.
  {
    id: "COS_SECRET_ID",
    key: "COS_SECRET_KEY",
    tokens: ["COS_SESSION_TOKEN", "COS_SECURITY_TOKEN", "COS_TOKEN"],
  },
  {
    id: "COS_SECRETID",
    key: "COS_SECRETKEY",
    tokens: ["COS_SESSIONTOKEN", "COS_SESSION_TOKEN", "COS_SECURITY_TOKEN", "COS_TOKEN"],
  },
  // Hadoop-COS.
  { id: "COSN_SECRET_ID", key: "COSN_SECRET_KEY", tokens: ["COSN_SESSION_TOKEN"] },
  // Serverless Cloud Framework.
  {
    id: "TENCENT_SECRET_ID",
    key: "TENCENT_SECRET_KEY",
    tokens: ["TENCENT_TOKEN", "TENCENT_SESSION_TOKEN", "TENCENT_SECURITY_TOKEN"],
  },
  // Older tools.
  {
    id: "QCLOUD_SECRET_ID",
    key: "QCLOUD_SECRET_KEY",
    tokens: ["QCLOUD_SECRET_TOKEN", "QCLOUD_SESSION_TOKEN", "QCLOUD_TOKEN"],
  },
  // SCF and CloudBase set these by themselves in every function that has a role, so what a person sets comes before.
  {
    id: "TENCENTCLOUD_SECRETID",
    key: "TENCENTCLOUD_SECRETKEY",
    tokens: ["TENCENTCLOUD_SESSIONTOKEN"],
  },
];

/** Names that nothing but Tencent Cloud's tokens have: without keys of their own set, they are of those that are there. */
const TOKENS_OF_ANY_SET = KEY_SETS.filter(({ id }) => id.startsWith("TENCENTCLOUD_"));

/**
 * Keys from the environment, under any of the names above, with the token of their set, if there is one.
 *
 * @returns `undefined` where none is set; a token alone signs nothing.
 * @throws CosUploadError `ERR_COS_CREDENTIALS` when one of a pair is missing or malformed: half a configuration is a mistake, not a reason to look elsewhere.
 */
export function fromEnvironment(env: NodeJS.ProcessEnv): Credentials | undefined {
  const set = KEY_SETS.find((candidate) => hasKeys(env, candidate));
  if (set === undefined) return undefined;
  const secretId = variable(env, set.id);
  const secretKey = variable(env, set.key);
  if (secretId === undefined || secretKey === undefined) {
    const [there, missing] = secretId === undefined ? [set.key, set.id] : [set.id, set.key];
    throw new CosUploadError(
      "ERR_COS_CREDENTIALS",
      `${there} is set but ${missing} is not; set both or neither`,
    );
  }
  const securityToken = tokenFor(env, set);
  const credentials = { secretId, secretKey, ...(securityToken !== undefined && { securityToken }) };
  const flaw = validateCredentials(credentials);
  if (flaw !== undefined) {
    throw new CosUploadError("ERR_COS_CREDENTIALS", `What ${set.id} and ${set.key} give ${flaw}`);
  }
  return credentials;
}

function tokenFor(env: NodeJS.ProcessEnv, set: KeySet): string | undefined {
  const others = TOKENS_OF_ANY_SET.filter((other) => !hasKeys(env, other)).flatMap(({ tokens }) => tokens);
  return [...set.tokens, ...others].map((name) => variable(env, name)).find((token) => token !== undefined);
}

function hasKeys(env: NodeJS.ProcessEnv, { id, key }: KeySet): boolean {
  return variable(env, id) !== undefined || variable(env, key) !== undefined;
}

/** A variable that is blank is not set. */
function variable(env: NodeJS.ProcessEnv, name: string): string | undefined {
  return env[name]?.trim() || undefined;
}
