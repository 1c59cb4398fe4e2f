import type { CredentialProvider, Credentials } from "./cos/credentials/credentials.ts";
import type { ServerSideEncryption } from "./cos/parameters/encryption.ts";
import type { ObjectAttributes } from "./cos/parameters/object-headers.ts";
import type { CustomSigner } from "./cos/signing/signer.ts";
import type { CosUploadError } from "./errors.ts";
import type { ClientStats, StreamSummary } from "./events.ts";
import type { Dispatcher } from "./http/dispatcher.ts";

/** Which bucket, and how to reach it. docs/options.md has all options in tables. */
export interface ConnectionOptions {
  /** Name and APPID, such as `examplebucket-1250000000`. Required, unless there is a `client`. */
  readonly bucket?: string;
  /** Region id, such as `ap-beijing`. Required, unless there is a `client`. */
  readonly region?: string;
  /**
   * Origin to connect to: a custom domain, a private endpoint, the emulator. `{bucket}` and `{region}` are filled in. Its host is sent and
   * signed as `Host`; with its port, unless it is the default port of the scheme. Default `https://{bucket}.cos.{region}.myqcloud.com`.
   *
   * @see https://intl.cloud.tencent.com/document/product/436/6224 (Regions and Access Endpoints)
   */
  readonly endpoint?: string | undefined;
  /** Use the global acceleration host. Default false: the bucket must be set up for it, and it costs more. */
  readonly accelerate?: boolean | undefined;
  /** Use the internal host, which only machines of Tencent Cloud reach. Default false. */
  readonly internal?: boolean | undefined;
  /**
   * Whether the last attempt of a request goes to the other host of the bucket, at `tencentcos.cn`, if nothing shows that COS answered at
   * `myqcloud.com`. Only from `{bucket}.cos.{region}.myqcloud.com`, and not with a `signer`. Default true, as in the official SDKs.
   */
  readonly autoSwitchHost?: boolean | undefined;
  /**
   * Keys, or a function that returns them. The function is called when there are no keys, one minute before `expiresAt`, and with
   * `refresh: true` after COS refused them as expired. All requests that wait share one call. Default: the environment, the credentials
   * file, the role of the cloud server, the role of the TKE pod, in this order.
   */
  readonly credentials?: Credentials | CredentialProvider | undefined;
  /** Signs requests instead of the library, and returns the headers to add. It is called for each attempt. Default: the signature of COS. */
  readonly signer?: CustomSigner | undefined;
  /** How often and how soon a request that failed is sent again. Default: 5 attempts. */
  readonly retry?: RetryOption | undefined;
  /** How long things can take, in milliseconds. */
  readonly timeout?: TimeoutOption | undefined;
  /**
   * A Dispatcher of undici 7 or 8, for proxies, mutual TLS or your own DNS. The library never closes it. Default: an Agent of the library,
   * which the library closes.
   */
  readonly dispatcher?: Dispatcher | undefined;
  /**
   * Most requests that are sent at a time, over all streams and calls of a client: 1 to 65,535. Others wait, before the time of
   * their attempts begins. Default 128, within the 256 descriptors that some systems give a process.
   */
  readonly connections?: number | undefined;
}

/** How often and how soon a request that failed is sent again. */
export interface RetryOption {
  /** Attempts of one request, the first included, 1 to 100. Default 5: enough for the seconds for which a bucket is throttled. */
  readonly maxAttempts?: number | undefined;
  /** Bound of the first random wait, in milliseconds, 0 to 2,147,483,647. It doubles for each further wait. Default 100. */
  readonly baseDelay?: number | undefined;
  /** Longest wait, in milliseconds, 0 to 2,147,483,647. A `Retry-After` of COS is cut to it. Default 20,000. */
  readonly maxDelay?: number | undefined;
  /** Decides instead of the library: true to try again, false to fail, undefined to leave it to the library. Default: the library decides. */
  readonly isRetryable?: ((error: CosUploadError) => boolean | undefined) | undefined;
}

/** How long things can take, in milliseconds, up to 2,147,483,647. */
export interface TimeoutOption {
  /** Opening a connection. Default 10,000. Your own `dispatcher` has its own setting. */
  readonly connect?: number | undefined;
  /**
   * One attempt with a body of up to 8 MiB; in proportion more for a larger part. An attempt that keeps moving at more than 16 KiB/s
   * is not ended by it. Default 120,000.
   */
  readonly attempt?: number | undefined;
  /**
   * One attempt without a byte in either direction; 0 is off. Bytes that buffers on the way may hold extend it: by itself for each
   * 480 KiB, of up to 8 MiB after the last byte. Not for Complete Multipart Upload, as COS may be silent while it merges the
   * parts. Default 30,000: longer than the pauses of a link that works.
   */
  readonly stall?: number | undefined;
  /** One attempt at Complete Multipart Upload. Default 1,200,000: COS can take minutes to merge the parts. */
  readonly complete?: number | undefined;
  /** How long the source of a stream can be silent before the upload fails. Default 0: no limit, as a source may be slow by nature. */
  readonly idle?: number | undefined;
  /** How long `beforeComplete` can take. Default 0: no limit, as it may wait for a person. Streams only. */
  readonly beforeComplete?: number | undefined;
}

/** The memory in which parts are held, and where their digests are computed. */
export interface PartResourceOptions {
  /**
   * Most bytes of part buffers, for all streams of a client together: at least 1 MiB, and at least one part. It is used in slabs of
   * 256 KiB, and whole slabs are counted. A stream uses at most `(concurrency + 4) × part size` of it. A stream of a `client` can have
   * less than the client, not more. Default 128 MiB: enough to send four parts of 16 MiB while four are digested.
   */
  readonly memory?: number | undefined;
  /** Where digests are computed. Default `{ worker: "auto" }`. */
  readonly digest?: DigestOption | undefined;
}

/** Where the digests of parts are computed. */
export interface DigestOption {
  /**
   * Whether a thread computes them, one for all streams of a client. `true`: from the first byte. `false`: never. Default `"auto"`: from
   * 32 MiB on, when it is worth its start, and only if there is a second core. If the thread cannot start or dies, the main thread
   * computes them.
   */
  readonly worker?: boolean | "auto" | undefined;
}

/** The unfinished upload to continue: the newest one of the key, or the one with this id. */
export type ResumeOption = "latest" | { readonly uploadId: string };

/** What streams can share: a `CosClient`, and nothing else. */
export interface SharedClient extends AsyncDisposable {
  /** What the streams of the client hold and wait for at this moment. */
  stats(): ClientStats;
  /** Ends the streams and calls of the client, and closes its connections. */
  close(): Promise<void>;
}

/**
 * What {@link UploadStreamOptions.beforeComplete} is.
 *
 * @param summary What the stream was.
 * @param context `signal` is aborted when the stream is destroyed meanwhile, which does not wait for the decision.
 */
export type BeforeComplete = (
  summary: StreamSummary,
  context: { readonly signal: AbortSignal },
) => void | Promise<void>;

/** Options of {@link createUploadStream}. Sizes are in bytes. docs/options.md has all options in tables. */
export interface UploadStreamOptions extends ConnectionOptions, ObjectAttributes, PartResourceOptions {
  /** Key of the object, 1 to 850 bytes in UTF-8. It is sent exactly as given: `..`, `//`, `%`, `+` and non-ASCII are not changed. */
  readonly key: string;
  /**
   * Send parts to this multipart upload, which you began yourself. It is completed or aborted only if you say so (`complete`,
   * `leavePartsOnError`). Default: the stream begins an upload.
   */
  readonly uploadId?: string | undefined;
  /**
   * Continue an unfinished upload of this key: the one with this id, or the newest one. With `"latest"`, a new one begins if there is none.
   * Write the same bytes again from the beginning: parts that COS has with the same size and digest are not sent again. Default: none,
   * and no unfinished upload is changed.
   */
  readonly resume?: ResumeOption | undefined;
  /** Number of the first part, 1 to 10,000; only with `uploadId`. Default 1. */
  readonly firstPartNumber?: number | undefined;
  /** Whether `end()` completes the upload. Default true; with `uploadId` false, because other parts may be sent by others. */
  readonly complete?: boolean | undefined;
  /** Size of the first part, 1 MiB to 5 GiB, and at most `memory`. Without `expectedSize`, later parts are larger. Default 8 MiB. */
  readonly partSize?: number | undefined;
  /** Most parts of the upload, 1 to 10,000. Default 10,000, the limit of COS. */
  readonly maxParts?: number | undefined;
  /** Exact length of the stream. The part sizes are chosen for it. With any other length, the stream fails and no object is made. Default: unknown. */
  readonly expectedSize?: number | undefined;
  /** CRC64 of the whole stream, an unsigned decimal. With any other, the stream fails and no object is made. Default: none. */
  readonly expectedCrc64?: string | undefined;
  /** MD5 of the whole stream, base64 or hex. With any other, the stream fails and no object is made. Default: none. */
  readonly expectedMd5?: string | undefined;
  /**
   * Decides at last whether the stream becomes an object. It is called once, when the stream has ended and every part is confirmed,
   * before the request that makes the object; with `complete: false`, before `finish`. It is waited for. If it throws or rejects, the
   * stream fails with that error: no object is made, and an older object of the key stays as it is. Default: none.
   */
  readonly beforeComplete?: BeforeComplete | undefined;
  /** Whether `beforeComplete` gets the MD5 of the whole stream. Default false, as MD5 of a whole stream costs as much as all the rest. */
  readonly wholeMd5?: boolean | undefined;
  /** Number of parts that are sent at the same time, 1 to 64. Default 4. */
  readonly concurrency?: number | undefined;
  /** How COS encrypts the object. Default: as the bucket is set up. */
  readonly serverSideEncryption?: ServerSideEncryption | undefined;
  /** Bits per second for each part request, 819,200 to 838,860,800. COS enforces it. Default: no limit. */
  readonly trafficLimit?: number | undefined;
  /**
   * Send a stream that fits in one part as one Put Object, which saves two requests. An empty stream is always sent so. Default false: with it,
   * a longer stream sends its first request only when its first part is full.
   */
  readonly singlePut?: boolean | undefined;
  /** Keep the uploaded parts when the upload fails. COS bills them. Default false; true with `uploadId` or `resume`. */
  readonly leavePartsOnError?: boolean | undefined;
  /** Ends the upload, at any moment, in any state. Default: none. */
  readonly signal?: AbortSignal | undefined;
  /** Bytes that `write()` accepts before it returns false, 0 to 5 GiB. Default 256 KiB, the size of a slab of part memory. */
  readonly highWaterMark?: number | undefined;
  /** Streams of one `CosClient` share its connections, credentials, memory and digest thread. Bucket, region and connection come from it. */
  readonly client?: SharedClient | undefined;
}
