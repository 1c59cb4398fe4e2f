import type { Readable } from "node:stream";
import type { CosUploadError } from "./errors.ts";

/**
 * Where parts are hashed: `worker`, in a thread beside the main one; `inline`, on the main thread; `package`, there too, but by
 * `node:crypto` and `crc64-ecma182.js`, where the engine lacks what this library's WebAssembly needs.
 */
export type Hashing = "worker" | "inline" | "package";

/** A part that COS has confirmed. */
export interface PartReceipt {
  readonly partNumber: number;
  /** Of its first byte in the stream. */
  readonly offset: number;
  /** Bytes. */
  readonly size: number;
  /** As COS sent it, quotes included. */
  readonly etag: string;
  /** Base64. */
  readonly md5: string;
  /** Unsigned decimal. */
  readonly crc64: string;
  /** Requests it took, the successful one included; 0 for a skipped part. */
  readonly attempts: number;
  /** Empty for a skipped part. */
  readonly requestId: string;
  /** Whether the part was on the server already, in an upload that was resumed, and was not sent again. */
  readonly skipped: boolean;
}

/** Bytes: `confirmed <= sent <= received`, and none of them ever falls. */
export interface Progress {
  /** Taken from the source. */
  readonly received: number;
  /** Handed to sockets; a part that is sent again counts once, and one that is skipped as sent. */
  readonly sent: number;
  /** Confirmed by COS. */
  readonly confirmed: number;
  /** Length of the stream, once it is known. */
  readonly total: number | undefined;
}

/** A request that failed and is made again. */
export interface RetryEvent {
  /** COS's name for it, such as `UploadPart`. */
  readonly operation: string;
  readonly partNumber?: number;
  /** The attempt that failed, from 1. */
  readonly attempt: number;
  /** Milliseconds until the next. */
  readonly delay: number;
  readonly error: CosUploadError;
}

/** What the stream came to. */
export interface UploadResult {
  readonly bucket: string;
  readonly key: string;
  /** Undefined when the object was sent as one Put Object. */
  readonly uploadId: string | undefined;
  readonly location: string;
  /** The object's, quotes included; not a digest of its content. Empty when `completed` is false. */
  readonly etag: string;
  /** Of all bytes of the stream, an unsigned decimal. */
  readonly crc64: string;
  /** Bytes of the stream. */
  readonly size: number;
  /** In ascending order. */
  readonly parts: readonly PartReceipt[];
  readonly versionId?: string | undefined;
  /** Of the request that made the object; empty when `completed` is false. */
  readonly requestId: string;
  /** Whether the object exists; false with `complete: false`. */
  readonly completed: boolean;
}

/** The events of an upload beside those of every Writable, as name → arguments. */
export interface UploadEvents {
  /** The multipart upload was begun, or is gone on with. */
  initiate: [{ readonly uploadId: string; readonly resumed: boolean }];
  /** Once per part, in the order they are confirmed. */
  part: [PartReceipt];
  /** At most every 100 ms, and once at the end. */
  progress: [Progress];
  retry: [RetryEvent];
  /** What went wrong without failing the upload. */
  warning: [CosUploadError];
}

/**
 * Where an upload stands. ARCHITECTURE.md draws it.
 *
 * - `idle`: nothing was asked of COS.
 * - `initiating`: Initiate Multipart Upload is under way, or the upload to resume is looked for.
 * - `sending`: parts go out.
 * - `committing`: Complete Multipart Upload or Put Object is under way: if it is cut off, the outcome is unknown.
 * - `done`: everything is confirmed.
 * - `cancelling`: it failed or was destroyed; what is under way ends, what is left is cleaned up.
 * - `cancelled`: that is over.
 */
export type UploadState =
  | "idle"
  | "initiating"
  | "sending"
  | "committing"
  | "done"
  | "cancelling"
  | "cancelled";

/** What an upload holds and waits for, at this moment. Sizes are bytes. */
export interface UploadStats {
  readonly state: UploadState;
  /** As in `progress`. */
  readonly received: number;
  readonly sent: number;
  readonly confirmed: number;
  /** Parts whose requests are under way. */
  readonly partsSending: number;
  /** Digested parts that wait for one of the `concurrency` slots. */
  readonly partsWaiting: number;
  /** Full parts whose digests are not there yet. */
  readonly partsDigesting: number;
  readonly partsConfirmed: number;
  /** Bytes of part memory in use. */
  readonly memoryHeld: number;
  /** Whether the source is held back until part memory is free. */
  readonly waitingForMemory: boolean;
  /** Where parts are hashed now. */
  readonly hashing: Hashing;
}

/** What the streams of a client hold and wait for, at this moment. Sizes are bytes. */
export interface ClientStats {
  /** Streams that have not closed. */
  readonly streams: number;
  /** Most bytes of part memory, over all streams: the option. */
  readonly memory: number;
  /** Bytes of it in use. */
  readonly memoryHeld: number;
  /** Streams whose sources are held back until part memory is free. */
  readonly streamsWaitingForMemory: number;
  /** Where parts are hashed now. */
  readonly hashing: Hashing;
}

/** All events of an upload stream: Node's and its own, as name → arguments. */
export interface UploadStreamEvents extends UploadEvents {
  close: [];
  drain: [];
  error: [Error];
  finish: [];
  pipe: [Readable];
  unpipe: [Readable];
}

/**
 * A listener of one event. One of an event without a payload may be any function, as it may in Node's own types: the `resolve` of a
 * promise, for one.
 */
export type UploadStreamListener<E extends string | symbol> = E extends keyof UploadStreamEvents
  ? UploadStreamEvents[E] extends []
    ? (...args: never[]) => void
    : (...args: UploadStreamEvents[E]) => void
  : (...args: unknown[]) => void;
