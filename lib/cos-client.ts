import { brand } from "./brand.ts";
import { copyOptions, readOptions } from "./check/table.ts";
import { ClientCore, setCore } from "./client/client-core.ts";
import { createResources } from "./client/resources.ts";
import type { Connection } from "./cos/connection.ts";
import type { CallContext } from "./cos/execute.ts";
import {
  type AbortMultipartUploadParams,
  type AbortMultipartUploadResult,
  abortMultipartUpload,
} from "./cos/operations/abort-multipart-upload.ts";
import {
  type CompleteMultipartUploadParams,
  type CompleteMultipartUploadResult,
  completeMultipartUpload,
} from "./cos/operations/complete-multipart-upload.ts";
import { type HeadObjectParams, type HeadObjectResult, headObject } from "./cos/operations/head-object.ts";
import {
  type InitiateMultipartUploadParams,
  type InitiateMultipartUploadResult,
  initiateMultipartUpload,
} from "./cos/operations/initiate-multipart-upload.ts";
import {
  type ListedUpload,
  type ListMultipartUploadsParams,
  listMultipartUploads,
} from "./cos/operations/list-multipart-uploads.ts";
import { type ListedPart, type ListPartsParams, listParts } from "./cos/operations/list-parts.ts";
import { type PutObjectResult, putObject } from "./cos/operations/put-object.ts";
import { type UploadPartResult, uploadPart } from "./cos/operations/upload-part.ts";
import {
  type Abortable,
  CALLS,
  type CallParams,
  digested,
  type PutObjectRequestParams,
  type UploadPartRequestParams,
} from "./cos/parameters/calls.ts";
import { refuseKeyInTheClear, type ServerSideEncryption } from "./cos/parameters/encryption.ts";
import type { ClientStats } from "./events.ts";
import { CLIENT, UPLOAD } from "./options/tables.ts";
import type { ConnectionOptions, PartResourceOptions, SharedClient, UploadStreamOptions } from "./options.ts";
import { UploadStream } from "./upload-stream.ts";

/** A call with its parameters checked. */
type Call<N extends keyof CallParams> = [Connection, CallParams[N], CallContext];
type Encryptable = { readonly serverSideEncryption?: ServerSideEncryption | undefined };

/** Options of {@link CosClient}: the connection, and the memory and digests of its streams. */
export interface CosClientOptions extends ConnectionOptions, PartResourceOptions {
  /** Name and APPID, such as `examplebucket-1250000000`. */
  readonly bucket: string;
  /** Region id, such as `ap-beijing`. */
  readonly region: string;
}

/**
 * A client of one bucket. It has COS's operations, one method each, and upload streams that share connections, credentials, part memory and
 * the thread that computes digests. Use one client for all uploads of a program.
 *
 * Each operation signs its requests, retries them and checks the answers. It rejects with an `InvalidOptionError` for a parameter that COS
 * would refuse, before anything is sent, and with a `CosUploadError` for everything else.
 *
 * @see https://intl.cloud.tencent.com/document/product/436/14112 (Multipart Upload)
 * @example
 * ```ts
 * import { createReadStream } from "node:fs";
 * import { pipeline } from "node:stream/promises";
 * import { CosClient } from "cos-upload-stream";
 *
 * await using client = new CosClient({ bucket: "examplebucket-1250000000", region: "ap-beijing" });
 * await pipeline(createReadStream("big.tar"), client.createUploadStream({ key: "big.tar" }));
 * console.log((await client.headObject({ key: "big.tar" })).size);
 * ```
 */
export class CosClient implements SharedClient {
  static {
    brand(CosClient, "CosClient");
  }

  readonly #core: ClientCore;

  /**
   * Checks the options. No connection is opened before the first request.
   *
   * @throws TypeError, RangeError `ERR_COS_INVALID_OPTION`.
   */
  constructor(options: CosClientOptions) {
    this.#core = new ClientCore(createResources(readOptions("a CosClient", options, CLIENT)));
    setCore(this, this.#core);
  }

  /**
   * Creates a stream that uploads what is written to it, through this client. The options are those of the function of the same name;
   * those of the connection come from the client.
   *
   * @throws TypeError, RangeError `ERR_COS_INVALID_OPTION`; CosUploadError `ERR_COS_CLOSED` after `close()`.
   * @example
   * ```ts
   * import { CosClient } from "cos-upload-stream";
   *
   * await using client = new CosClient({ bucket: "examplebucket-1250000000", region: "ap-beijing" });
   * const upload = client.createUploadStream({ key: "report.txt", contentType: "text/plain" });
   * upload.write("line 1\n");
   * upload.end("line 2\n");
   * console.log((await upload.done).size); // prints 14
   * ```
   */
  createUploadStream(options: Omit<UploadStreamOptions, "client">): UploadStream {
    const given = copyOptions("an upload stream", options, Object.keys(UPLOAD));
    return new UploadStream({ ...given, client: this });
  }

  /**
   * Begins a multipart upload. COS keeps its parts, and bills them, until it is completed or aborted.
   *
   * @throws CosServiceError such as `AccessDenied` or `NoSuchBucket`; CosUploadError; InvalidOptionError.
   * @see https://intl.cloud.tencent.com/document/product/436/7746 (Initiate Multipart Upload)
   * @example
   * ```ts
   * import { CosClient } from "cos-upload-stream";
   *
   * await using client = new CosClient({ bucket: "examplebucket-1250000000", region: "ap-beijing" });
   * const key = "two-parts.bin";
   * const { uploadId } = await client.initiateMultipartUpload({ key });
   * // All parts but the last have at least 1 MiB.
   * const first = await client.uploadPart({ key, uploadId, partNumber: 1, body: Buffer.alloc(1024 * 1024) });
   * const second = await client.uploadPart({ key, uploadId, partNumber: 2, body: Buffer.from("the end") });
   * const { location } = await client.completeMultipartUpload({ key, uploadId, parts: [first, second] });
   * console.log(location);
   * ```
   */
  async initiateMultipartUpload(
    params: InitiateMultipartUploadParams & Abortable,
  ): Promise<InitiateMultipartUploadResult> {
    return await this.#run("initiateMultipartUpload", params, initiateMultipartUpload);
  }

  /**
   * Sends one part. The same part number again replaces the part. `initiateMultipartUpload` has an example.
   *
   * @throws CosServiceError such as `NoSuchUpload`; CosIntegrityError if COS received other bytes; CosUploadError; InvalidOptionError.
   * @see https://intl.cloud.tencent.com/document/product/436/7750 (Upload Part)
   */
  async uploadPart(params: UploadPartRequestParams): Promise<UploadPartResult> {
    return await this.#run("uploadPart", params, async (connection, given, context) =>
      uploadPart(connection, digested(given), context),
    );
  }

  /**
   * Makes the object of its parts. COS can take minutes for it; `timeout.complete` is the limit.
   *
   * @throws CosServiceError such as `NoSuchUpload`, `InvalidPart` or `EntityTooSmall`; CosUploadError; InvalidOptionError.
   * @see https://intl.cloud.tencent.com/document/product/436/7742 (Complete Multipart Upload)
   */
  async completeMultipartUpload(
    params: CompleteMultipartUploadParams & Abortable,
  ): Promise<CompleteMultipartUploadResult> {
    return await this.#run("completeMultipartUpload", params, completeMultipartUpload);
  }

  /**
   * Ends a multipart upload without an object, and deletes its parts. A part that is being sent at this moment can arrive later; then abort
   * again.
   *
   * @throws CosServiceError such as `NoSuchUpload`; CosUploadError; InvalidOptionError.
   * @see https://intl.cloud.tencent.com/document/product/436/7740 (Abort Multipart Upload)
   */
  async abortMultipartUpload(
    params: AbortMultipartUploadParams & Abortable,
  ): Promise<AbortMultipartUploadResult> {
    return await this.#run("abortMultipartUpload", params, abortMultipartUpload);
  }

  /**
   * The parts that COS has of an upload, in ascending order. The iterator asks for the next page when it needs it.
   *
   * @throws InvalidOptionError, at once. The iterator rejects with a CosServiceError such as `NoSuchUpload`, or a CosUploadError.
   * @see https://intl.cloud.tencent.com/document/product/436/7747 (List Parts)
   */
  listParts(params: ListPartsParams & Abortable): AsyncGenerator<ListedPart, void, undefined> {
    return this.#list("listParts", params, listParts);
  }

  /**
   * The unfinished uploads of the bucket, in the order of their keys. The iterator asks for the next page when it needs it. A `prefix` also
   * matches longer keys.
   *
   * @throws InvalidOptionError, at once. The iterator rejects with a CosServiceError such as `AccessDenied`, or a CosUploadError.
   * @see https://intl.cloud.tencent.com/document/product/436/7736 (List Multipart Uploads)
   * @example
   * ```ts
   * import { CosClient } from "cos-upload-stream";
   *
   * await using client = new CosClient({ bucket: "examplebucket-1250000000", region: "ap-beijing" });
   * const yesterday = Date.now() - 24 * 60 * 60 * 1000;
   * for await (const { key, uploadId, initiated } of client.listMultipartUploads({ prefix: "backups/" })) {
   *   if (Date.parse(initiated) < yesterday) await client.abortMultipartUpload({ key, uploadId });
   * }
   * ```
   */
  listMultipartUploads(
    params: ListMultipartUploadsParams & Abortable = {},
  ): AsyncGenerator<ListedUpload, void, undefined> {
    return this.#list("listMultipartUploads", params, listMultipartUploads);
  }

  /**
   * Stores an object of up to 5 GiB in one request. For a stream, or for more bytes, use `createUploadStream`.
   *
   * @throws CosServiceError such as `AccessDenied`; CosIntegrityError if COS received other bytes; CosUploadError; InvalidOptionError.
   * @see https://intl.cloud.tencent.com/document/product/436/7749 (Put Object)
   * @example
   * ```ts
   * import { CosClient } from "cos-upload-stream";
   *
   * await using client = new CosClient({ bucket: "examplebucket-1250000000", region: "ap-beijing" });
   * const body = Buffer.from("hello");
   * const { size, crc64 } = await client.putObject({ key: "hello.txt", body, contentType: "text/plain" });
   * console.log(size, crc64);
   * ```
   */
  async putObject(params: PutObjectRequestParams): Promise<PutObjectResult> {
    return await this.#run("putObject", params, async (connection, given, context) =>
      putObject(connection, digested(given), context),
    );
  }

  /**
   * What COS knows about an object, without its content.
   *
   * @throws CosServiceError; if there is no such object, its `statusCode` is 404 and its code `HTTP_404`, since COS answers HEAD without a
   *   code; CosUploadError; InvalidOptionError.
   * @see https://intl.cloud.tencent.com/document/product/436/7745 (Head Object)
   * @example
   * ```ts
   * import { CosClient } from "cos-upload-stream";
   *
   * await using client = new CosClient({ bucket: "examplebucket-1250000000", region: "ap-beijing" });
   * await client.putObject({ key: "hello.txt", body: Buffer.from("hello"), metadata: { author: "Li" } });
   * const { size, metadata } = await client.headObject({ key: "hello.txt" });
   * console.log(size, metadata.author); // prints 5 Li
   * ```
   */
  async headObject(params: HeadObjectParams & Abortable): Promise<HeadObjectResult> {
    return await this.#run("headObject", params, headObject);
  }

  /** What the streams of this client hold and wait for at this moment. */
  stats(): ClientStats {
    return this.#core.stats();
  }

  /**
   * Destroys the streams of this client that have not finished, which aborts their uploads. Then it waits for the calls that are running, their
   * retries and the credentials that they need included (the `signal` of a call ends it). Then it closes the connections (not those of
   * your own `dispatcher`) and ends the digest thread. After it, a call rejects with `ERR_COS_CLOSED`, and so does the next item of a
   * listing that has not ended.
   */
  async close(): Promise<void> {
    await this.#core.close();
  }

  /** The same as `close()`: `await using client = …` calls it at the end of the block. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #run<N extends keyof CallParams, R>(
    operation: N,
    params: CallParams[N],
    perform: (...call: Call<N>) => Promise<R>,
  ): Promise<R> {
    return await this.#core.calls.run(perform(...this.#check(operation, params)));
  }

  #list<N extends keyof CallParams, R>(
    operation: N,
    params: CallParams[N],
    list: (...call: Call<N>) => AsyncGenerator<R, void, undefined>,
  ): AsyncGenerator<R, void, undefined> {
    const call = this.#check(operation, params);
    return this.#core.calls.list(list(...call), call[2].signal);
  }

  #check<N extends keyof CallParams>(operation: N, params: CallParams[N]): Call<N> {
    const given = readOptions(operation, params, CALLS[operation]);
    const { serverSideEncryption, signal }: Encryptable & Abortable = given;
    const { connection } = this.#core.resources;
    refuseKeyInTheClear(serverSideEncryption, connection.endpoint);
    return [connection, given, { signal: signal ?? new AbortController().signal }];
  }
}
