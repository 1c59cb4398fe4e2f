/** One holder at a time for each name, in order of asking. */
export class KeyedLock {
  readonly #tails = new Map<string, Promise<void>>();

  /** Waits for the name and returns what gives it back. */
  async acquire(name: string): Promise<() => void> {
    const before = this.#tails.get(name);
    const { promise, resolve } = createGate();
    this.#tails.set(name, promise);
    await before;
    return () => {
      if (this.#tails.get(name) === promise) this.#tails.delete(name);
      resolve();
    };
  }

  /** Does the work while it holds the name. */
  async run<Result>(name: string, work: () => Promise<Result>): Promise<Result> {
    const release = await this.acquire(name);
    try {
      return await work();
    } finally {
      release();
    }
  }
}

function createGate(): { promise: Promise<void>; resolve: () => void } {
  let resolve: () => void = () => {};
  const promise = new Promise<void>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
