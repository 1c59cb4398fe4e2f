import { type Credentials, validateCredentials } from "./credentials.ts";

/** The keys in an answer; or what is wrong with them, in words without their values. */
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

/** The object in a JSON text; an empty one if there is none. */
export function parseObject(text: string): Record<string, unknown> {
  try {
    return Object(JSON.parse(text));
  } catch {
    return {};
  }
}
