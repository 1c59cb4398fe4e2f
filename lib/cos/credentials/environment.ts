import { CosUploadError } from "../../errors.ts";
import { type Credentials, flawOf } from "./credentials.ts";

/**
 * Keys from the environment: `TENCENTCLOUD_SECRET_ID` and `TENCENTCLOUD_SECRET_KEY`, with `TENCENTCLOUD_SESSION_TOKEN` or
 * `TENCENTCLOUD_TOKEN` for temporary keys; or `COS_SECRET_ID` and `COS_SECRET_KEY`.
 *
 * @throws CosUploadError `ERR_COS_CREDENTIALS` when one of a pair is missing or malformed: half a configuration is a mistake, not a reason to look elsewhere.
 */
export function fromEnvironment(env: NodeJS.ProcessEnv): Credentials | undefined {
  const tokens = [env.TENCENTCLOUD_SESSION_TOKEN, env.TENCENTCLOUD_TOKEN].filter(Boolean);
  return (
    pair(env, "TENCENTCLOUD_SECRET_ID", "TENCENTCLOUD_SECRET_KEY", tokens[0]) ??
    pair(env, "COS_SECRET_ID", "COS_SECRET_KEY", undefined)
  );
}

function pair(
  env: NodeJS.ProcessEnv,
  idName: string,
  keyName: string,
  securityToken: string | undefined,
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
  const credentials = { secretId, secretKey, ...(securityToken && { securityToken: securityToken.trim() }) };
  const flaw = flawOf(credentials);
  if (flaw !== undefined) {
    throw new CosUploadError("ERR_COS_CREDENTIALS", `What ${idName} and ${keyName} give ${flaw}`);
  }
  return credentials;
}
