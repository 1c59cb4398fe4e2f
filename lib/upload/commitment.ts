import type { CallContext } from "../cos/execute.ts";
import type { Outcome } from "../errors.ts";
import { type ExpectedObject, isAmbiguous } from "./settle.ts";
import { outcomeOf } from "./upload-errors.ts";

/** The making of an object: from the moment it is asked for, it may exist, whatever comes back. */
export class Commitment {
  readonly #object: ExpectedObject;
  #outcome: Outcome | undefined;
  #over: Promise<void> = Promise.resolve();

  constructor(object: ExpectedObject) {
    this.#object = object;
  }

  /** Undefined while it runs. */
  get outcome(): Outcome | undefined {
    return this.#outcome;
  }

  /** The object that may or may not have been made; `undefined` when that is known. */
  get doubt(): ExpectedObject | undefined {
    return this.#outcome === undefined || this.#outcome === "unknown" ? this.#object : undefined;
  }

  /** Resolves when nothing of it runs any more. */
  get over(): Promise<void> {
    return this.#over;
  }

  async run<T>(
    context: CallContext,
    commit: (object: ExpectedObject, context: CallContext) => Promise<T>,
  ): Promise<T> {
    const running = commit(this.#object, context);
    this.#over = running.then(
      () => {
        this.#outcome = "completed";
      },
      (error) => {
        // What was cut off, or cannot be told from its error, is looked into when the upload is cancelled.
        this.#outcome = context.signal.aborted || isAmbiguous(error) ? "unknown" : outcomeOf(error);
      },
    );
    await this.#over;
    return await running;
  }

  /** What was found out about a doubt. */
  settle(outcome: Outcome | undefined): void {
    this.#outcome = outcome ?? this.#outcome;
  }
}
