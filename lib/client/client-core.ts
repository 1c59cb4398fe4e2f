import { readOptions } from "../check/table.ts";
import type { Connection } from "../cos/connection.ts";
import type { CallContext } from "../cos/execute.ts";
import { type Abortable, CALLS, type CallParams } from "../cos/parameters/calls.ts";
import { refuseKeyInTheClear, type ServerSideEncryption } from "../cos/parameters/encryption.ts";
import { RunningCalls } from "../cos/running-calls.ts";
import type { ClientStats } from "../events.ts";
import { closeResources, type Resources } from "./resources.ts";

/** A call with its parameters checked. */
type Call<N extends keyof CallParams> = [Connection, CallParams[N], CallContext];

type Encryptable = { readonly serverSideEncryption?: ServerSideEncryption | undefined };

/** The state of a `CosClient`: its resources, and the streams and calls that use them. */
export class ClientCore {
  readonly #calls = new RunningCalls();
  readonly #resources: Resources;
  readonly #streams = new Set<AsyncDisposable>();
  #closing: Promise<void> | undefined;

  constructor(resources: Resources) {
    this.#resources = resources;
  }

  /** @throws CosUploadError `ERR_COS_CLOSED` after the client is closed. */
  get resources(): Resources {
    this.#calls.assertOpen();
    return this.#resources;
  }

  /** Calls an operation, after its parameters are checked. */
  async run<N extends keyof CallParams, R>(
    operation: N,
    params: CallParams[N],
    perform: (...call: Call<N>) => Promise<R>,
  ): Promise<R> {
    return await this.#calls.run(perform(...this.#check(operation, params)));
  }

  /** The same for a listing. Wrong parameters throw immediately, not at the first item. */
  list<N extends keyof CallParams, R>(
    operation: N,
    params: CallParams[N],
    list: (...call: Call<N>) => AsyncGenerator<R, void, undefined>,
  ): AsyncGenerator<R, void, undefined> {
    const call = this.#check(operation, params);
    return this.#calls.list(list(...call), call[2].signal);
  }

  #check<N extends keyof CallParams>(operation: N, params: CallParams[N]): Call<N> {
    const given = readOptions(operation, params, CALLS[operation]);
    const { serverSideEncryption, signal }: Encryptable & Abortable = given;
    const { connection } = this.resources;
    refuseKeyInTheClear(serverSideEncryption, connection.endpoint);
    return [connection, given, { signal: signal ?? new AbortController().signal }];
  }

  /**
   * Adds a stream to the client. It is ended when the client is closed.
   *
   * @returns A function that removes the stream.
   */
  adopt(stream: AsyncDisposable): () => void {
    this.#streams.add(stream);
    return () => void this.#streams.delete(stream);
  }

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

  /** Ends the streams that have not finished, waits for the running calls, and closes everything. */
  async close(): Promise<void> {
    this.#closing ??= this.#close();
    await this.#closing;
  }

  async #close(): Promise<void> {
    this.#calls.refuse();
    await Promise.all([...this.#streams].map((stream) => stream[Symbol.asyncDispose]()));
    await this.#calls.idle();
    await this.#resources.connection.transport.close();
    await closeResources(this.#resources);
  }
}

/** The core of each client. It is not a property of the client, so that only streams can reach the credentials of a client. */
const CORES = new WeakMap<object, ClientCore>();

export function setCore(client: object, core: ClientCore): void {
  CORES.set(client, core);
}

/** The core of a client; undefined for a value that only looks like one, such as a proxy. */
export function coreOf(client: object): ClientCore | undefined {
  return CORES.get(client);
}
