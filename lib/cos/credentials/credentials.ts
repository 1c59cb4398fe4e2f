import { types } from "node:util";

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

/** Names that other tools use for the token. */
const TOKEN_ALIASES = ["token", "sessionToken", "SecurityToken"] as const;

/**
 * A copy of the credentials that were given. Each property is read once, so later changes of the object and its date have no effect. The copy
 * must be validated; a value that is not an object is returned unchanged.
 */
export function copyCredentials(given: unknown): unknown {
  if (typeof given !== "object" || given === null) return given;
  const { secretId, secretKey, securityToken, expiresAt } = given as Record<string, unknown>;
  const aliases = TOKEN_ALIASES.filter((name) => Object.hasOwn(given, name));
  return Object.freeze({
    secretId,
    secretKey,
    ...(securityToken !== undefined && { securityToken }),
    ...(expiresAt !== undefined && { expiresAt: types.isDate(expiresAt) ? new Date(expiresAt) : expiresAt }),
    // Only the names: the values are not used.
    ...(securityToken === undefined && Object.fromEntries(aliases.map((name) => [name, ""]))),
  });
}

/** What is wrong with credentials, in words without their values; `undefined` if nothing is wrong. */
export function validateCredentials(credentials: unknown): string | undefined {
  if (typeof credentials !== "object" || credentials === null) return "is not an object";
  const { secretId, secretKey, securityToken, expiresAt } = credentials as Record<string, unknown>;
  for (const [name, value] of Object.entries({ secretId, secretKey, securityToken })) {
    if (value === undefined && name === "securityToken") continue;
    if (typeof value !== "string" || value === "") return `has no ${name}`;
    if (!/^[\x21-\x7e]+$/.test(value))
      return `has a ${name} with spaces, line breaks or non-ASCII characters`;
  }
  // COS refuses a temporary key without its token, but its message does not say why.
  const alias = TOKEN_ALIASES.find((name) => Object.hasOwn(credentials, name));
  if (alias !== undefined && securityToken === undefined)
    return `has a ${alias}, which is called securityToken here`;
  if (expiresAt !== undefined && !(expiresAt instanceof Date && Number.isFinite(expiresAt.getTime()))) {
    return "has an expiresAt that is not a valid Date";
  }
  return undefined;
}
