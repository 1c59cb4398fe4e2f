/** Keys of Tencent Cloud, permanent or temporary. */
export interface Credentials {
  /** SecretId, which begins with `AKID`. */
  readonly secretId: string;
  /** SecretKey. It signs requests and is never sent. */
  readonly secretKey: string;
  /** Token of temporary keys; it is sent as `x-cos-security-token`. */
  readonly securityToken?: string | undefined;
  /** When temporary keys expire. Default: unknown, so they are used until COS says that they have expired. */
  readonly expiresAt?: Date | undefined;
}

/**
 * Returns credentials. It is called when there are none yet, one minute before `expiresAt`, and with `refresh: true` after COS refused
 * the last ones as expired. All requests that wait for credentials share one call.
 */
export type CredentialProvider = (context: { refresh: boolean }) => Credentials | Promise<Credentials>;

/** Says in words what is wrong with credentials, never what they are; `undefined` when they are well-formed. */
export function validateCredentials(credentials: unknown): string | undefined {
  if (typeof credentials !== "object" || credentials === null) return "is not an object";
  const { secretId, secretKey, securityToken, expiresAt } = credentials as Record<string, unknown>;
  for (const [name, value] of Object.entries({ secretId, secretKey, securityToken })) {
    if (value === undefined && name === "securityToken") continue;
    if (typeof value !== "string" || value === "") return `has no ${name}`;
    if (!/^[\x21-\x7e]+$/.test(value))
      return `has a ${name} with spaces, line breaks or non-ASCII characters`;
  }
  // Without its token a temporary key is refused by COS, in words that do not say so.
  const alias = ["token", "sessionToken", "SecurityToken"].find((name) => Object.hasOwn(credentials, name));
  if (alias !== undefined && securityToken === undefined)
    return `has a ${alias}, which is called securityToken here`;
  if (expiresAt !== undefined && !(expiresAt instanceof Date && Number.isFinite(expiresAt.getTime()))) {
    return "has an expiresAt that is not a valid Date";
  }
  return undefined;
}
