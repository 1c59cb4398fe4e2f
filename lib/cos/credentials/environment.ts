import { CosUploadError } from "../../errors.ts";
import { type Credentials, validateCredentials } from "./credentials.ts";

/**
 * Keys from the environment: `TENCENTCLOUD_SECRET_ID` and `TENCENTCLOUD_SECRET_KEY`, with `TENCENTCLOUD_SESSION_TOKEN` or
 * `TENCENTCLOUD_TOKEN` for temporary keys; or `COS_SECRET_ID` and `COS_SECRET_KEY`, or `COS_SECRETID` and `COS_SECRETKEY`.
 *
 * @throws CosUploadError `ERR_COS_CREDENTIALS` if one of a pair is missing or malformed: half a configuration is a mistake, not a reason to try
 *   the next place.
 */
export function fromEnvironment(env: NodeJS.ProcessEnv): Credentials | undefined {
  const token = env.TENCENTCLOUD_SESSION_TOKEN?.trim() || env.TENCENTCLOUD_TOKEN?.trim();
  return (
    pair(env, "TENCENTCLOUD_SECRET_ID", "TENCENTCLOUD_SECRET_KEY", token) ??
    pair(env, "COS_SECRET_ID", "COS_SECRET_KEY") ??
    pair(env, "COS_SECRETID", "COS_SECRETKEY")
  );
}

function pair(
  env: NodeJS.ProcessEnv,
  idName: string,
  keyName: string,
  securityToken?: string,
): Credentials | undefined {
  const secretId = env[idName]?.trim();
  const secretKey = env[keyName]?.trim();
  if (!secretId && !secretKey) return undefined;
  if (!secretId || !secretKey) {
    const [set, missing] = secretId ? [idName, keyName] : [keyName, idName];
    throw new CosUploadError(
      "ERR_COS_CREDENTIALS",
      `${set} is set but ${missing} is not; set both or neither`,
    );
  }
  const credentials = { secretId, secretKey, ...(securityToken && { securityToken }) };
  const flaw = validateCredentials(credentials);
  if (flaw !== undefined) {
    throw new CosUploadError("ERR_COS_CREDENTIALS", `What ${idName} and ${keyName} give ${flaw}`);
  }
  return credentials;
}
