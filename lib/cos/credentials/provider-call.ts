import { clearTimeout, setTimeout } from "../../timers.ts";
import type { Credentials } from "./credentials.ts";

export interface ProviderCallOptions {
  /** Whether COS refused the last credentials. */
  readonly refresh: boolean;
  /** Whether the last credentials were still good when it was made. */
  readonly isRenewal: boolean;
  /** Milliseconds that those wait for it who have credentials. */
  readonly patience: number;
}

/** One call of a provider, which all who need credentials wait for together. It may never be answered, so it can be given up. */
export class ProviderCall {
  readonly refresh: boolean;
  readonly isRenewal: boolean;
  readonly answer: Promise<Credentials>;
  /** Resolves when it is given up. */
  readonly abandoned: Promise<undefined>;
  /** Resolves when those who have other credentials have waited for it long enough. */
  readonly slow: Promise<undefined>;
  #abandon!: (value: undefined) => void;

  constructor(answer: Promise<Credentials>, { refresh, isRenewal, patience }: ProviderCallOptions) {
    this.answer = answer;
    this.refresh = refresh;
    this.isRenewal = isRenewal;
    this.abandoned = new Promise((resolve) => {
      this.#abandon = resolve;
    });
    this.slow = new Promise((resolve) => {
      const timer = setTimeout(resolve, patience, undefined).unref();
      const done = (): void => clearTimeout(timer);
      answer.then(done, done);
    });
  }

  /** Those who wait for it ask anew. Its answer is taken, should it come after all. */
  abandon(): void {
    this.#abandon(undefined);
  }
}
