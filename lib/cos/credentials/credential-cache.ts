import { CosUploadError } from "../../errors.ts";
import { type CredentialProvider, type Credentials, validateCredentials } from "./credentials.ts";

/** Credentials are renewed this many milliseconds before they end, so that none expire on the way. */
const RENEW_BEFORE = 60_000;

/**
 * Asks a provider as seldom as possible: all who need credentials at one time share one call, and its answer serves
 * until shortly before it expires.
 */
export class CredentialCache {
  readonly #provider: CredentialProvider;
  readonly #now: () => number;
  #current: Credentials | undefined;
  #pending: { readonly answer: Promise<Credentials>; readonly refresh: boolean } | undefined;

  constructor(provider: CredentialProvider, now: () => number = Date.now) {
    this.#provider = provider;
    this.#now = now;
  }

  async get(): Promise<Credentials> {
    const current = this.#current;
    if (current !== undefined && this.#lasts(current, RENEW_BEFORE)) return current;
    try {
      return await this.#ask(false);
    } catch (error) {
      // A provider that fails while its last keys are still good is asked again for the next request.
      if (current !== undefined && this.#lasts(current, 0)) return current;
      throw error;
    }
  }

  /**
   * Renews after COS refused `expired`.
   *
   * @returns Whether there are other credentials now: those who come later with the same expired ones find them renewed.
   */
  async refresh(expired: Credentials): Promise<boolean> {
    // A call that was made before the refusal knows nothing of it, and may bring the same credentials once more.
    if (this.#pending?.refresh === false) await this.#pending.answer.catch(() => {});
    if (!this.#hasOther(expired)) await this.#ask(true);
    return this.#hasOther(expired);
  }

  #hasOther({ secretId, securityToken }: Credentials): boolean {
    const current = this.#current;
    return (
      current !== undefined && (current.secretId !== secretId || current.securityToken !== securityToken)
    );
  }

  /** Whether they are good for more than so many milliseconds. */
  #lasts({ expiresAt }: Credentials, milliseconds: number): boolean {
    return expiresAt === undefined || expiresAt.getTime() - milliseconds > this.#now();
  }

  async #ask(refresh: boolean): Promise<Credentials> {
    this.#pending ??= {
      refresh,
      answer: this.#callProvider(refresh).finally(() => {
        this.#pending = undefined;
      }),
    };
    try {
      return await this.#pending.answer;
    } catch (error) {
      // Each who waited gets an error of its own, to which its upload's id may be added.
      if (!(error instanceof CosUploadError)) throw error;
      throw new CosUploadError(error.code, error.message, { cause: error.cause ?? error });
    }
  }

  async #callProvider(refresh: boolean): Promise<Credentials> {
    let credentials: Credentials;
    try {
      credentials = await this.#provider({ refresh });
    } catch (error) {
      if (error instanceof CosUploadError) throw error;
      throw new CosUploadError("ERR_COS_CREDENTIALS", "The credentials provider failed; see the cause", {
        cause: error,
      });
    }
    const flaw = validateCredentials(credentials);
    if (flaw !== undefined) {
      throw new CosUploadError(
        "ERR_COS_CREDENTIALS",
        `What the credentials provider returned ${flaw}; expected { secretId, secretKey, securityToken?, expiresAt? }`,
      );
    }
    this.#current = credentials;
    return credentials;
  }
}
