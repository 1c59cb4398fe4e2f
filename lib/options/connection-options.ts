import { isDeepStrictEqual } from "node:util";
import { invalidOption } from "../check/invalid-option.ts";
import { required } from "../check/rules.ts";
import { type Decided, decide, reading } from "../check/table.ts";
import { backupEndpoint, type Endpoint, resolveEndpoint } from "../cos/endpoint.ts";
import type { ConnectionOptions } from "../options.ts";
import { CONNECTION, RETRY, TIMEOUT } from "./tables.ts";

/** A bucket, how it is reached, and how requests to it are signed and repeated: every option checked and decided. */
export interface ResolvedConnection
  extends Omit<Decided<typeof CONNECTION>, "accelerate" | "internal" | "autoSwitchHost" | "endpoint"> {
  readonly bucket: string;
  readonly region: string;
  readonly endpoint: Endpoint;
  /** The bucket's other domain, where there is one and it may be used. */
  readonly backup: Endpoint | undefined;
  readonly retry: Decided<typeof RETRY>;
  readonly timeout: Decided<typeof TIMEOUT>;
}

/**
 * Decides what options leave open, each of which was checked.
 *
 * @throws TypeError `ERR_COS_INVALID_OPTION` when they contradict each other.
 */
export function resolveConnection(given: ConnectionOptions): ResolvedConnection {
  const { accelerate, internal, autoSwitchHost, ...options } = decide(CONNECTION, given);
  const bucket = required(CONNECTION.bucket).check("bucket", given.bucket);
  const region = required(CONNECTION.region).check("region", given.region);
  const { signer } = options;
  if (signer !== undefined && options.credentials !== undefined) {
    const rule = 'it takes the place of "credentials"; give one of them';
    throw invalidOption(TypeError, "signer", rule, "both");
  }
  const endpoint = resolveEndpoint({ bucket, region, endpoint: options.endpoint, accelerate, internal });
  return {
    ...options,
    ...{ bucket, region, endpoint },
    // A signer of the caller's may know one host only.
    backup: autoSwitchHost && signer === undefined ? backupEndpoint(endpoint) : undefined,
    retry: decide(RETRY, given.retry ?? {}),
    timeout: decide(TIMEOUT, given.timeout ?? {}),
  };
}

/**
 * Refuses connection options beside a `client` that would be ignored: one that is repeated must be what the client was
 * made with. A stream may have its own `retry` and `timeout`.
 */
export function checkAgainstClient(options: ConnectionOptions, given: ConnectionOptions): void {
  for (const name of Object.keys(CONNECTION) as (keyof ConnectionOptions)[]) {
    if (name === "retry" || name === "timeout" || options[name] === undefined) continue;
    if (reading(name, () => isDeepStrictEqual(options[name], given[name]))) continue;
    const rule = 'it comes from the "client" and cannot differ from it';
    throw invalidOption(TypeError, name, rule, "another value");
  }
}
