/**
 * Runs jobs, at most `size` at a time, in the order they came.
 *
 * A job must not reject. `idle` resolves when no job is left.
 */
export class ConcurrencyLimiter {
  readonly #size: number;
  readonly #queue: (() => Promise<void>)[] = [];
  readonly #idle: (() => void)[] = [];
  #running = 0;
  #open = false;

  constructor(size: number) {
    this.#size = size;
  }

  get running(): number {
    return this.#running;
  }

  get queued(): number {
    return this.#queue.length;
  }

  add(job: () => Promise<void>): void {
    this.#queue.push(job);
    this.#fill();
  }

  /** Jobs wait until this is called. */
  open(): void {
    this.#open = true;
    this.#fill();
  }

  /** Drops the jobs that have not begun. */
  clear(): void {
    this.#queue.length = 0;
    this.#resolveIfIdle();
  }

  async idle(): Promise<void> {
    if (this.#running === 0 && this.#queue.length === 0) return;
    await new Promise<void>((resolve) => this.#idle.push(resolve));
  }

  #fill(): void {
    while (this.#open && this.#running < this.#size) {
      const job = this.#queue.shift();
      if (job === undefined) return;
      this.#running += 1;
      void job().finally(() => {
        this.#running -= 1;
        this.#fill();
        this.#resolveIfIdle();
      });
    }
  }

  #resolveIfIdle(): void {
    if (this.#running > 0 || this.#queue.length > 0) return;
    for (const resolve of this.#idle.splice(0)) resolve();
  }
}
