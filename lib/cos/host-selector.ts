import { CosUploadError } from "../errors.ts";
import type { HttpResponse } from "../http/transport.ts";
import type { Failover } from "../retry/loop.ts";
import { requestIdOf } from "./answers/marks.ts";
import type { Connection } from "./connection.ts";
import type { Endpoint } from "./endpoint.ts";

/**
 * Where one request goes: to the bucket's host, and to its backup once it failed over. A new request begins at the first again.
 */
export class HostSelector implements Failover {
  #endpoint: Endpoint;
  #backup: Endpoint | undefined;
  #cosAnswered = false;
  /** Why the request failed over. */
  #reason: unknown;

  constructor({ endpoint, backup }: Connection) {
    this.#endpoint = endpoint;
    this.#backup = backup;
  }

  /** The host of the next attempt. */
  select(): Endpoint {
    this.#cosAnswered = false;
    return this.#endpoint;
  }

  /** The headers of its answer. */
  answered(headers: HttpResponse["headers"]): void {
    this.#cosAnswered = requestIdOf(headers) !== undefined;
  }

  get isAvailable(): boolean {
    return this.#backup !== undefined && !this.#cosAnswered;
  }

  failOver(error: unknown): void {
    this.#endpoint = this.#backup ?? this.#endpoint;
    this.#backup = undefined;
    this.#reason = error;
  }

  /** Adds why the request went to the backup host, which the caller may never have heard of. */
  explain(error: unknown): unknown {
    const reason = this.#reason;
    if (!(error instanceof CosUploadError && reason instanceof CosUploadError)) return error;
    if (error.host !== this.#endpoint.host) return error;
    const message = `${error.message}; this is the bucket's backup host ${this.#endpoint.host}, where it went after: ${reason.message}`;
    const stack = error.stack?.replace(error.message, () => message);
    return Object.defineProperties(error, {
      message: { value: message, configurable: true, writable: true },
      stack: { value: stack, configurable: true, writable: true },
      cause: { value: reason, configurable: true, writable: true },
    });
  }
}
