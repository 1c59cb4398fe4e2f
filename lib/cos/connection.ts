import type { Transport } from "../http/transport.ts";
import type { RetryOptions } from "../retry/policy.ts";
import type { Endpoint } from "./endpoint.ts";
import type { CosClock } from "./signing/clock.ts";
import type { RequestSigner } from "./signing/signer.ts";

/** Milliseconds. */
export interface Timeouts {
  /** To open a connection. */
  readonly connect: number;
  /** For one attempt at a request with a body of up to 8 MiB; longer for larger ones, in proportion. */
  readonly attempt: number;
  /** For one attempt without a byte in either direction; 0 is off. */
  readonly stall: number;
  /** For one attempt at Complete Multipart Upload: COS answers at once and then merges for minutes. */
  readonly complete: number;
  /** For the program's `beforeComplete`; 0 is off. */
  readonly beforeComplete: number;
}

/** A bucket, and all it takes to speak to it. Shared by the streams of a client. */
export interface Connection {
  readonly bucket: string;
  readonly endpoint: Endpoint;
  /** Where a request goes once before it is given up, if there is such a place. */
  readonly backup: Endpoint | undefined;
  readonly signer: RequestSigner;
  readonly clock: CosClock;
  readonly transport: Transport;
  readonly retry: RetryOptions;
  readonly timeout: Timeouts;
}
