import { type Credentials, validateCredentials } from "./credentials.ts";

/** What an answer with temporary keys holds: the keys, or in words what is wrong with them, never what they are. */
export type TemporaryKeys =
  | { readonly keys: Credentials; readonly flaw?: undefined }
  | { readonly keys?: undefined; readonly flaw: string };

/** Reads keys as the services of Tencent Cloud name them; `expiredTime` is in seconds since 1970. */
export function readTemporaryKeys(named: unknown, expiredTime: unknown): TemporaryKeys {
  const { TmpSecretId, TmpSecretKey, Token } = Object(named) as Record<string, unknown>;
  const keys = {
    secretId: TmpSecretId,
    secretKey: TmpSecretKey,
    securityToken: Token ?? "",
    expiresAt: new Date(Number(expiredTime) * 1000),
  };
  const flaw = validateCredentials(keys);
  return flaw === undefined ? { keys: keys as Credentials } : { flaw };
}

/** The object that a JSON text describes; an empty one where it does not. */
export function parseObject(text: string): Record<string, unknown> {
  try {
    return Object(JSON.parse(text));
  } catch {
    return {};
  }
}
