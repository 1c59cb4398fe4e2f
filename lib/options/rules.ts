import { invalidOption } from "../check/invalid-option.ts";
import { type Rule, wrongType } from "../check/rules.ts";
import {
  type CredentialProvider,
  type Credentials,
  copyCredentials,
  validateCredentials,
} from "../cos/credentials/credentials.ts";
import type { UploadStreamOptions } from "../options.ts";

/** Keys, copied, or a function that returns them. Errors say what is wrong with them, and nothing of them. */
export const credentials: Rule<Credentials | CredentialProvider> = {
  type: "object",
  expected: "{ secretId, secretKey, securityToken?, expiresAt? } or a function that returns it",
  check(option, value, words = credentials.expected) {
    if (typeof value === "function") return value as CredentialProvider;
    const copy = copyCredentials(value);
    const flaw = validateCredentials(copy);
    if (flaw === undefined) return copy as Credentials;
    throw invalidOption(TypeError, option, `expected ${words}`, `a value that ${flaw}`);
  },
};

export const dispatcher: Rule<NonNullable<UploadStreamOptions["dispatcher"]>> = {
  type: "object",
  expected: "a Dispatcher of undici, such as an Agent",
  check(option, value, words = dispatcher.expected) {
    const { dispatch, request } = Object(value) as Record<string, unknown>;
    if (typeof dispatch === "function" && typeof request === "function") return value as never;
    throw wrongType(option, words, value);
  },
};

/** Whether it is one can only be said where clients are made. */
export const client: Rule<NonNullable<UploadStreamOptions["client"]>> = {
  type: "object",
  expected: "a CosClient",
  check(option, value, words = client.expected) {
    if (typeof value === "object" && value !== null) return value as never;
    throw wrongType(option, words, value);
  },
};
