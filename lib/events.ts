import type { Readable } from "node:stream";
import type { CosUploadError } from "./errors.ts";

/**
 * Where the digests of parts are computed. `worker`: in a thread. `inline`: on the main thread. `package`: also on the main thread, but by
 * `node:crypto` and `crc64-ecma182.js`, because this engine cannot run the library's WebAssembly; it takes more time.
 */
export type Hashing = "worker" | "inline" | "package";

/** A part that COS has confirmed. */
export interface PartReceipt {
  /** From 1; with `firstPartNumber`, from there. */
  readonly partNumber: number;
  /** Where the part begins in the stream, in bytes from 0. */
  readonly offset: number;
  /** In bytes. */
  readonly size: number;
  /** ETag exactly as COS sent it, quotes included. */
  readonly etag: string;
  /** MD5 of the part, base64. */
  readonly md5: string;
  /** CRC64 of the part, an unsigned decimal. */
  readonly crc64: string;
  /** Attempts that were made, the successful one included. 0 if the part was skipped. */
  readonly attempts: number;
  /** Id of the request at COS. Empty if the part was skipped. */
  readonly requestId: string;
  /** Whether COS already had the part, in an upload that was resumed, so that it was not sent again. */
  readonly skipped: boolean;
}

/** Bytes of a stream: `confirmed <= sent <= received`. No number ever gets smaller. */
export interface Progress {
  /** Bytes that were taken from the source. */
  readonly received: number;
  /** Bytes that were given to sockets. A part that is sent again counts once; a skipped part counts as sent. */
  readonly sent: number;
  /** Bytes of the parts that COS has confirmed. */
  readonly confirmed: number;
  /** Length of the stream, once it is known. */
  readonly total: number | undefined;
}

/** A request that failed and is sent again. */
export interface RetryEvent {
  /** COS's name of the request, such as `UploadPart`. */
  readonly operation: string;
  /** The part, if the request was about one. */
  readonly partNumber?: number;
  /** The attempt that failed, from 1. */
  readonly attempt: number;
  /** Milliseconds until the next attempt. */
  readonly delay: number;
  /** Why it failed. */
  readonly error: CosUploadError;
}

/** The result of an upload. */
export interface UploadResult {
  /** The bucket. */
  readonly bucket: string;
  /** The key of the object. */
  readonly key: string;
  /** The multipart upload. Undefined if the object was sent as one Put Object. */
  readonly uploadId: string | undefined;
  /** URL of the object, without a signature. */
  readonly location: string;
  /** ETag of the object, quotes included. For an object made of parts it is not a digest. Empty if `completed` is false. */
  readonly etag: string;
  /** CRC64 of all bytes of the stream, an unsigned decimal. COS has the same for the object. */
  readonly crc64: string;
  /** Bytes of the stream. */
  readonly size: number;
  /** All parts, in ascending order. */
  readonly parts: readonly PartReceipt[];
  /** The version, if the bucket has versioning. */
  readonly versionId?: string | undefined;
  /** Id of the request that made the object. Empty if `completed` is false. */
  readonly requestId: string;
  /** Whether the object exists. False only with the option `complete: false`. */
  readonly completed: boolean;
}

/** A stream that has ended, with all its parts confirmed: what {@link UploadStreamOptions.beforeComplete} decides about. */
export interface StreamSummary {
  /** The bucket. */
  readonly bucket: string;
  /** The key of the object to be. */
  readonly key: string;
  /** The multipart upload. Undefined if the object is to be sent as one Put Object. */
  readonly uploadId: string | undefined;
  /** Bytes of the stream. */
  readonly size: number;
  /** CRC64 of all bytes of the stream, an unsigned decimal. */
  readonly crc64: string;
  /** MD5 of all bytes of the stream, base64. Only with `wholeMd5` or `expectedMd5`. */
  readonly md5: string | undefined;
  /** All parts, in ascending order. Empty if the object is to be sent as one Put Object. */
  readonly parts: readonly PartReceipt[];
}

/** The events of an upload, beside those of every Writable: name → arguments. */
export interface UploadEvents {
  /** The multipart upload exists. `resumed` is true if an earlier run began it. */
  initiate: [{ readonly uploadId: string; readonly resumed: boolean }];
  /** COS has confirmed a part. Once per part, in the order in which they are confirmed. */
  part: [PartReceipt];
  /** How far the upload is. At most every 100 ms, and once at the end. */
  progress: [Progress];
  /** A request failed and is sent again. */
  retry: [RetryEvent];
  /** Something went wrong that does not fail the upload. docs/errors.md has the codes. */
  warning: [CosUploadError];
}

/**
 * The state of an upload. ARCHITECTURE.md draws how they follow each other.
 *
 * - `idle`: no request was sent.
 * - `initiating`: Initiate Multipart Upload is running, or the upload to resume is looked for.
 * - `sending`: parts are sent.
 * - `committing`: Complete Multipart Upload or Put Object is running. If it is interrupted, the outcome is not known at first.
 * - `done`: everything is confirmed.
 * - `cancelling`: the upload failed or was destroyed; requests are ended and what is left is removed.
 * - `cancelled`: this is done.
 */
export type UploadState =
  | "idle"
  | "initiating"
  | "sending"
  | "committing"
  | "done"
  | "cancelling"
  | "cancelled";

/** What an upload holds and waits for at this moment. */
export interface UploadStats {
  /** The state of the upload. */
  readonly state: UploadState;
  /** Bytes that were taken from the source. */
  readonly received: number;
  /** Bytes that were given to sockets. */
  readonly sent: number;
  /** Bytes of the parts that COS has confirmed. */
  readonly confirmed: number;
  /** Parts that are being sent. */
  readonly partsSending: number;
  /** Parts that are digested and wait to be sent, because `concurrency` parts are being sent. */
  readonly partsWaiting: number;
  /** Full parts whose digests are being computed. */
  readonly partsDigesting: number;
  /** Parts that COS has confirmed. */
  readonly partsConfirmed: number;
  /** Bytes of part memory in use. */
  readonly memoryHeld: number;
  /** Whether the source has to wait until part memory is free. */
  readonly waitingForMemory: boolean;
  /** Where the digests of parts are computed now. */
  readonly hashing: Hashing;
}

/** What the streams of a client hold and wait for at this moment. */
export interface ClientStats {
  /** Streams that have not closed. */
  readonly streams: number;
  /** Most bytes of part memory, for all streams together: the option `memory`. */
  readonly memory: number;
  /** Bytes of part memory in use. */
  readonly memoryHeld: number;
  /** Streams whose sources have to wait until part memory is free. */
  readonly streamsWaitingForMemory: number;
  /** Where the digests of parts are computed now. */
  readonly hashing: Hashing;
}

/** All events of an upload stream, those of every Writable included: name → arguments. */
export interface UploadStreamEvents extends UploadEvents {
  /** The last event: requests have ended, and what was left is removed. */
  close: [];
  /** `write()` returned false before, and can be called again. */
  drain: [];
  /** The upload failed. No object was made, unless the error's `outcome` says otherwise. */
  error: [Error];
  /** The object exists and is verified (with `complete: false`: every part is confirmed). */
  finish: [];
  /** A source is piped into the stream. */
  pipe: [Readable];
  /** A source is not piped into the stream any more. */
  unpipe: [Readable];
}

/**
 * A listener of one event of an upload stream. A listener of an event without arguments can be any function, as in Node's own types: for
 * example the `resolve` of a promise.
 */
export type UploadStreamListener<E extends string | symbol> = E extends keyof UploadStreamEvents
  ? UploadStreamEvents[E] extends []
    ? (...args: never[]) => void
    : (...args: UploadStreamEvents[E]) => void
  : (...args: unknown[]) => void;
