import { CosOperations } from "../cos/client.ts";
import type { ClientStats } from "../events.ts";
import { closeResources, type Resources } from "./resources.ts";

/** The operations of a client, and what its upload streams share. */
export class StreamHost extends CosOperations {
  readonly #resources: Resources;
  readonly #streams = new Set<AsyncDisposable>();
  #closing: Promise<void> | undefined;

  /** @internal */
  constructor(resources: Resources) {
    super(resources.connection);
    this.#resources = resources;
  }

  /**
   * Whether it is one: what only looks like one, such as a proxy, has none of its resources.
   *
   * @internal
   */
  static is(value: unknown): value is StreamHost {
    return typeof value === "object" && value !== null && #resources in value;
  }

  /** @internal */
  static resourcesOf(host: StreamHost): Resources {
    host.assertOpen();
    return host.#resources;
  }

  /**
   * Ties a stream to the client: it is ended with it.
   *
   * @returns What unties it.
   * @internal
   */
  static adopt(host: StreamHost, stream: AsyncDisposable): () => void {
    host.#streams.add(stream);
    return () => void host.#streams.delete(stream);
  }

  /** What the streams of this client hold and wait for, at this moment. */
  stats(): ClientStats {
    const { memory, hasher } = this.#resources;
    return {
      streams: this.#streams.size,
      memory: memory.limit,
      memoryHeld: memory.held,
      streamsWaitingForMemory: memory.waiting,
      hashing: hasher.hashing,
    };
  }

  /**
   * Destroys the streams of this client that have not finished, which aborts their uploads; waits for calls under way, their retries
   * and the credentials that they wait for included (`signal` ends one); then closes the sockets (not those of a `dispatcher` of
   * yours) and stops hashing. No call can be made after it: it rejects with `ERR_COS_CLOSED`, as does the next item of a listing that
   * has not come to its end.
   */
  override async close(): Promise<void> {
    this.#closing ??= this.#close();
    await this.#closing;
  }

  async #close(): Promise<void> {
    this.refuseCalls();
    await Promise.all([...this.#streams].map((stream) => stream[Symbol.asyncDispose]()));
    await super.close();
    await closeResources(this.#resources);
  }
}
