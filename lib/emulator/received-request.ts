import type { Operation } from "./operation.ts";

/** A request as it was received; the entry goes on changing until the request is over. */
export interface ReceivedRequest {
  /** Counts from 1 in order of arrival. */
  readonly id: number;
  /** `x-cos-request-id` of the answer. */
  readonly requestId: string;
  readonly method: string;
  readonly operation: Operation;
  readonly bucket: string;
  readonly key: string;
  /** Path and query as on the wire. */
  readonly path: string;
  /** The decoded query; of a repeated name, the first value. */
  readonly query: Readonly<Record<string, string>>;
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string>>;
  readonly partNumber?: number;
  readonly uploadId?: string;
  /** The emulator's clock, in milliseconds since 1970. */
  readonly receivedAt: number;
  /** Body bytes read so far. */
  readonly bytes: number;
  /** Undefined until there is an answer. */
  readonly statusCode: number | undefined;
  /** COS's error code. */
  readonly code: string | undefined;
  /** Why the emulator refused it, with what COS tells beside the message, such as the string to sign of a wrong signature. */
  readonly refusal:
    | { readonly message: string; readonly details: Readonly<Record<string, string>> }
    | undefined;
  /** The kind of the fault that hit the request. */
  readonly fault: string | undefined;
  /** The client went away before its answer was complete. */
  readonly aborted: boolean;
}

/** The emulator's side of {@link ReceivedRequest}. */
export type RequestEntry = { -readonly [Name in keyof ReceivedRequest]: ReceivedRequest[Name] };
