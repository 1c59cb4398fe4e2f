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

/** What others call a token. */
const TOKEN_ALIASES = ["token", "sessionToken", "SecurityToken"] as const;

/**
 * What was given as credentials, as it is at this moment: each property is read once, whatever becomes of the object and its date
 * later. To be validated; what is no object stays what it is.
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
    // By name alone: their values are not used.
    ...(securityToken === undefined && Object.fromEntries(aliases.map((name) => [name, ""]))),
  });
}

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
  const alias = TOKEN_ALIASES.find((name) => Object.hasOwn(credentials, name));
  if (alias !== undefined && securityToken === undefined)
    return `has a ${alias}, which is called securityToken here`;
  if (expiresAt !== undefined && !(expiresAt instanceof Date && Number.isFinite(expiresAt.getTime()))) {
    return "has an expiresAt that is not a valid Date";
  }
  return undefined;
}
