import { constants } from "node:os";

/** A terminal that closes says SIGHUP. Windows has no SIGQUIT. */
const SIGNALS: readonly NodeJS.Signals[] =
  process.platform === "win32" ? ["SIGINT", "SIGTERM", "SIGHUP"] : ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"];

/** `128 + number`, as shells report a process that a signal ended. */
export function exitCodeOfSignal(name: NodeJS.Signals): number {
  return 128 + constants.signals[name];
}

/** The first of these signals asks the command to end in order, through `signal`; a second one ends it at once. */
export class ExitOnSignal {
  readonly #controller = new AbortController();
  #received: NodeJS.Signals | undefined;

  constructor() {
    for (const name of SIGNALS) process.on(name, () => this.#receive(name));
  }

  /** Aborted by the first. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  get received(): NodeJS.Signals | undefined {
    return this.#received;
  }

  #receive(name: NodeJS.Signals): void {
    if (this.#received !== undefined) process.exit(exitCodeOfSignal(name));
    this.#received = name;
    this.#controller.abort(new Error(`${name} was received`));
  }
}
