import { CosUploadError } from "../../errors.ts";
import { wallTime } from "../../timers.ts";
import { type Deadline, NO_DEADLINE } from "../deadline.ts";
import {
  type CredentialProvider,
  type Credentials,
  copyCredentials,
  validateCredentials,
} from "./credentials.ts";
import { ProviderCall } from "./provider-call.ts";

/** Credentials are renewed this many milliseconds before they expire, so that none expire on the way. */
const RENEW_BEFORE = 60_000;

/** Milliseconds that requests wait for a renewal while their credentials are still good. */
const PATIENCE = 1_000;

/**
 * Calls a provider as seldom as possible: all who need credentials at one time share one call, and its answer serves
 * until shortly before it expires.
 *
 * A call that is never answered ends nothing but the wait for it: whoever has waited for as long as its deadline allows gives it up, and
 * the next asks anew. While the last credentials are good, nobody waits longer than a moment.
 */
export class CredentialCache {
  readonly #provider: CredentialProvider;
  readonly #now: () => number;
  readonly #patience: number;
  #current: Credentials | undefined;
  /** The number of the call that gave the current ones: a later call knows better. */
  #currentCall = 0;
  #calls = 0;
  #pending: ProviderCall | undefined;

  constructor(provider: CredentialProvider, now: () => number = wallTime, patience: number = PATIENCE) {
    this.#provider = provider;
    this.#now = now;
    this.#patience = patience;
  }

  async get(deadline: Deadline = NO_DEADLINE): Promise<Credentials> {
    const current = this.#current;
    if (current !== undefined && this.#lasts(current, RENEW_BEFORE)) return current;
    if (current !== undefined && this.#lasts(current, 0)) return await this.#renewed(current, deadline);
    // A renewal had all the time that the last credentials lasted.
    if (this.#pending?.isRenewal) this.#abandon(this.#pending);
    return await this.#ask(false, deadline);
  }

  /**
   * Renews after COS refused `expired`.
   *
   * @returns Whether there are other credentials now: those who come later with the same expired ones find them renewed.
   */
  async refresh(expired: Credentials, deadline: Deadline = NO_DEADLINE): Promise<boolean> {
    // A call that was made before the refusal knows nothing of it, and may bring the same credentials once more.
    const earlier = this.#pending;
    if (earlier?.refresh === false) {
      await this.#waitAMoment(earlier, deadline);
      if (this.#pending === earlier) this.#abandon(earlier);
    }
    if (!this.#hasOther(expired)) await this.#ask(true, deadline);
    return this.#hasOther(expired);
  }

  #hasOther({ secretId, secretKey, securityToken }: Credentials): boolean {
    const current = this.#current;
    return (
      current !== undefined &&
      (current.secretId !== secretId ||
        current.secretKey !== secretKey ||
        current.securityToken !== securityToken)
    );
  }

  /** Whether they are good for more than so many milliseconds. */
  #lasts({ expiresAt }: Credentials, milliseconds: number): boolean {
    return expiresAt === undefined || expiresAt.getTime() - milliseconds > this.#now();
  }

  /** Others in place of credentials that are still good, if a moment brings them. */
  async #renewed(current: Credentials, deadline: Deadline): Promise<Credentials> {
    const call = this.#pending ?? this.#begin(false, true);
    // Those that COS refused are no help, however long they last.
    if (call.refresh) return await this.#ask(true, deadline);
    try {
      return (await this.#waitAMoment(call, deadline)) ?? current;
    } catch (error) {
      if (deadline.hasPassed) return current;
      throw error;
    }
  }

  /** What a call brings at once; undefined when it fails, or needs longer. */
  async #waitAMoment(call: ProviderCall, deadline: Deadline): Promise<Credentials | undefined> {
    const answer = call.answer.catch(() => undefined);
    return await deadline.race(Promise.race([answer, call.slow, call.abandoned]));
  }

  async #ask(refresh: boolean, deadline: Deadline): Promise<Credentials> {
    const first = this.#pending ?? this.#begin(refresh, false);
    for (let call = first; ; call = this.#pending ?? this.#begin(refresh, false)) {
      try {
        const answer = await deadline.race(Promise.race([call.answer.catch(rethrow), call.abandoned]));
        if (answer !== undefined) return answer;
      } catch (error) {
        // One that another has begun meanwhile has not been waited for long.
        if (deadline.hasPassed && call === first) this.#abandon(call);
        throw error;
      }
    }
  }

  #abandon(call: ProviderCall): void {
    if (this.#pending === call) this.#pending = undefined;
    call.abandon();
  }

  #begin(refresh: boolean, isRenewal: boolean): ProviderCall {
    const answer = this.#callProvider(refresh);
    const call = new ProviderCall(answer, { refresh, isRenewal, patience: this.#patience });
    const end = (): void => {
      if (this.#pending === call) this.#pending = undefined;
    };
    answer.then(end, end);
    this.#pending = call;
    return call;
  }

  async #callProvider(refresh: boolean): Promise<Credentials> {
    this.#calls += 1;
    const call = this.#calls;
    let credentials: unknown;
    try {
      credentials = copyCredentials(await this.#provider({ refresh }));
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
    if (call > this.#currentCall) {
      this.#current = credentials as Credentials;
      this.#currentCall = call;
    }
    return credentials as Credentials;
  }
}

/** Each who waited gets an error of its own, to which its upload's id may be added. */
function rethrow(error: unknown): never {
  if (!(error instanceof CosUploadError)) throw error;
  throw new CosUploadError(error.code, error.message, { cause: "cause" in error ? error.cause : error });
}
