import type { Operation } from "./operation.ts";

/** A request that the emulator received. The entry changes until the request has ended. */
export interface ReceivedRequest {
  /** Counts from 1 in order of arrival. */
  readonly id: number;
  /** `x-cos-request-id` of the answer. */
  readonly requestId: string;
  /** HTTP method, such as `PUT`. */
  readonly method: string;
  /** COS's name of the request. */
  readonly operation: Operation;
  /** The bucket. */
  readonly bucket: string;
  /** The key, decoded. Empty for a request to the bucket. */
  readonly key: string;
  /** Path and query as they were sent. */
  readonly path: string;
  /** The query, decoded. If a name is repeated, its first value. */
  readonly query: Readonly<Record<string, string>>;
  /** The headers, their names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** The part that the request is about. */
  readonly partNumber?: number;
  /** The multipart upload that the request is about. */
  readonly uploadId?: string;
  /** When it was received, by the clock of the emulator, in milliseconds since 1970. */
  readonly receivedAt: number;
  /** Bytes of the body that were read so far. */
  readonly bytes: number;
  /** Status of the answer; undefined as long as there is none. */
  readonly statusCode: number | undefined;
  /** COS's error code in the answer. */
  readonly code: string | undefined;
  /** Why the emulator refused it, with the details of the answer, such as the string to sign for a wrong signature. */
  readonly refusal:
    | { readonly message: string; readonly details: Readonly<Record<string, string>> }
    | undefined;
  /** The kind of the fault that hit the request. */
  readonly fault: string | undefined;
  /** Whether the client left before it had the complete answer. */
  readonly aborted: boolean;
}

/** A {@link ReceivedRequest} that the emulator can change. */
export type RequestEntry = { -readonly [Name in keyof ReceivedRequest]: ReceivedRequest[Name] };
