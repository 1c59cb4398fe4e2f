import type { CredentialProvider, Credentials } from "./cos/credentials/credentials.ts";
import type { ServerSideEncryption } from "./cos/parameters/encryption.ts";
import type { ObjectAttributes } from "./cos/parameters/object-headers.ts";
import type { CustomSigner } from "./cos/signing/signer.ts";
import type { CosUploadError } from "./errors.ts";
import type { ClientStats } from "./events.ts";
import type { Dispatcher } from "./http/dispatcher.ts";

/** Which bucket, and how to reach it. */
export interface ConnectionOptions {
  /** `name-appid`, such as `examplebucket-1250000000`. Required, unless a `client` brings it. */
  readonly bucket?: string;
  /** Such as `ap-beijing`. Required, unless a `client` brings it. */
  readonly region?: string;
  /**
   * Origin to connect to, with `{bucket}` and `{region}` filled in: a custom domain, a private endpoint, the emulator.
   * Its host (and port, if not the scheme's own) is what is sent and signed as `Host`.
   * Default `https://{bucket}.cos.{region}.myqcloud.com`.
   */
  readonly endpoint?: string | undefined;
  /** Use the global-acceleration host. Default false. */
  readonly accelerate?: boolean | undefined;
  /** Use the internal host. Default false. */
  readonly internal?: boolean | undefined;
  /**
   * Whether the last attempt at a request goes to the bucket's other domain, `tencentcos.cn`, when nothing shows that COS answered
   * at `myqcloud.com` (and the next attempt does, when that redirects). Only from `{bucket}.cos.{region}.myqcloud.com`, never from
   * another host, and not with a `signer`. Default true.
   */
  readonly autoSwitchHost?: boolean | undefined;
  /**
   * Keys, or a function that returns them. A function is asked when there are none, shortly before `expiresAt`, and
   * with `refresh: true` after COS refused a token as expired; all requests that wait share one call.
   * Default: the environment, then the credentials file, then the role of the cloud server, then that of the TKE pod.
   */
  readonly credentials?: Credentials | CredentialProvider | undefined;
  /** Signs in place of the library; returns the headers to add. Asked for each attempt. */
  readonly signer?: CustomSigner | undefined;
  readonly retry?: RetryOption | undefined;
  readonly timeout?: TimeoutOption | undefined;
  /** A Dispatcher of undici 7 or 8: proxies, mutual TLS, your own DNS. Yours is never closed. Default: an Agent of our own, closed by us. */
  readonly dispatcher?: Dispatcher | undefined;
}

export interface RetryOption {
  /** Attempts per request, the first included: 1 to 100. Default 5, which outlasts the seconds that a throttled bucket takes. */
  readonly maxAttempts?: number | undefined;
  /** Milliseconds; bound of the first random wait, doubled for each further one. Default 100. */
  readonly baseDelay?: number | undefined;
  /** Milliseconds; longest wait, `Retry-After` included. Default 20,000. */
  readonly maxDelay?: number | undefined;
  /** Overrules the built-in table: true to retry, false to fail, undefined to leave it to the table. */
  readonly isRetryable?: ((error: CosUploadError) => boolean | undefined) | undefined;
}

/** Milliseconds. */
export interface TimeoutOption {
  /** To open a connection. Default 10,000. With a `dispatcher` of yours, its own setting holds. */
  readonly connect?: number | undefined;
  /**
   * For one attempt with a body of up to 8 MiB; longer in proportion for larger parts. Default 120,000: 70 KB/s, below
   * the least `trafficLimit`.
   */
  readonly attempt?: number | undefined;
  /** For one attempt at Complete, which COS may keep open for minutes while it merges. Default 1,200,000. */
  readonly complete?: number | undefined;
  /** Fails the upload when its source says nothing for so long. Default 0: off. Streams only. */
  readonly idle?: number | undefined;
}

/** What parts are held in, and who digests them. Sizes are bytes. */
export interface PartResourceOptions {
  /**
   * Most bytes of part buffers, over all streams of a client: at least one part's, 1 MiB or more. Default 128 MiB, in which
   * four parts are sent while four are digested up to parts of 16 MiB. A stream takes `(concurrency + 4) × part size` of it at
   * most. A stream of a `client` may be given less than the client has, and not more.
   */
  readonly memory?: number | undefined;
  readonly digest?: DigestOption | undefined;
}

export interface DigestOption {
  /**
   * Whether parts are digested in a thread of its own, one for all streams of a client. Default `"auto"`: from 32 MiB on, when
   * starting one pays, and only if there is a second core. True from the first byte, false never. A thread that cannot
   * start, or dies, is done without.
   */
  readonly worker?: boolean | "auto" | undefined;
}

/** Which unfinished upload to go on with. */
export type ResumeOption = "latest" | { readonly uploadId: string };

/** What streams can share: a `CosClient`, and nothing else. */
export interface SharedClient extends AsyncDisposable {
  stats(): ClientStats;
  close(): Promise<void>;
}

/** Options of {@link createUploadStream}. Sizes are bytes. */
export interface UploadStreamOptions extends ConnectionOptions, ObjectAttributes, PartResourceOptions {
  /** 1 to 850 UTF-8 bytes, sent exactly as given: no normalisation of `..`, `//`, `%`, `+` or non-ASCII. */
  readonly key: string;
  /** Upload parts into this multipart upload of yours. None is initiated; it is completed or aborted only if you say so (`complete`, `leavePartsOnError`). */
  readonly uploadId?: string | undefined;
  /**
   * Go on with an unfinished upload of this key: the one with this id, or the newest there is (`"latest"`, which begins a new one
   * where there is none). Write the same bytes again from their beginning: parts that COS has with the same size and
   * digest are not sent again. Default: none, and no unfinished upload is ever touched.
   */
  readonly resume?: ResumeOption | undefined;
  /** Number of the first part, with `uploadId` only. Default 1. */
  readonly firstPartNumber?: number | undefined;
  /** Whether `end()` completes the upload. Default true; false with `uploadId`. */
  readonly complete?: boolean | undefined;
  /** Size of the first part: 1 MiB to 5 GiB, and within `memory`. Default 8 MiB. Later parts grow when the length is unknown. */
  readonly partSize?: number | undefined;
  /** The plan never exceeds it: 1 to 10,000. Default 10,000. */
  readonly maxParts?: number | undefined;
  /** Exact length of the stream. Chooses the plan; any other length fails before the object is made. */
  readonly expectedSize?: number | undefined;
  /** CRC64 of the whole stream, an unsigned decimal; a mismatch fails before the object is made. */
  readonly expectedCrc64?: string | undefined;
  /** MD5 of the whole stream, base64 or hex; a mismatch fails before the object is made. */
  readonly expectedMd5?: string | undefined;
  /** Parts being sent at a time: 1 to 64. Default 4. */
  readonly concurrency?: number | undefined;
  readonly serverSideEncryption?: ServerSideEncryption | undefined;
  /** Bit/s for each part request: 819,200 to 838,860,800. */
  readonly trafficLimit?: number | undefined;
  /** Send a stream that fits one part as one Put Object, which saves two requests. Default false; an empty stream always is. */
  readonly singlePut?: boolean | undefined;
  /** Keep the uploaded parts when it fails. Default false; true with `uploadId` or `resume`. */
  readonly leavePartsOnError?: boolean | undefined;
  /** Aborts the upload at any moment, in any state. */
  readonly signal?: AbortSignal | undefined;
  /** Bytes that `write` takes ahead of the parts before it returns false. Default 256 KiB. */
  readonly highWaterMark?: number | undefined;
  /** A `CosClient`: streams share its sockets, credentials, memory and hash thread; it brings bucket, region and all else about the connection. */
  readonly client?: SharedClient | undefined;
}
