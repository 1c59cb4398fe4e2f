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

/** Options of {@link CosClient}. */
export interface CosClientOptions extends ConnectionOptions, PartResourceOptions {
  readonly bucket: string;
  readonly region: string;
}

/**
 * One bucket: COS's operations on it, one method each, named after them, and upload streams that share sockets, credentials,
 * part memory and a hash thread.
 *
 * Each operation signs, retries and checks its answer; each rejects with a typed error, and with `ERR_COS_INVALID_OPTION`
 * for parameters that COS would refuse.
 *
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

  /** @throws TypeError, RangeError `ERR_COS_INVALID_OPTION`. */
  constructor(options: CosClientOptions) {
    this.#core = new ClientCore(createResources(readOptions("a CosClient", options, CLIENT)));
    setCore(this, this.#core);
  }

  /** An upload stream through this client: options as those of the function of that name, without the connection's. */
  createUploadStream(options: Omit<UploadStreamOptions, "client">): UploadStream {
    const given = copyOptions("an upload stream", options, Object.keys(UPLOAD));
    return new UploadStream({ ...given, client: this });
  }

  /** Begins a multipart upload. */
  async initiateMultipartUpload(
    params: InitiateMultipartUploadParams & Abortable,
  ): Promise<InitiateMultipartUploadResult> {
    return await this.#run("initiateMultipartUpload", params, initiateMultipartUpload);
  }

  /** Sends one part; the same part number again replaces it. */
  async uploadPart(params: UploadPartRequestParams): Promise<UploadPartResult> {
    return await this.#run("uploadPart", params, async (connection, given, context) =>
      uploadPart(connection, await digested(given), context),
    );
  }

  /** Makes the object of its parts. */
  async completeMultipartUpload(
    params: CompleteMultipartUploadParams & Abortable,
  ): Promise<CompleteMultipartUploadResult> {
    return await this.#run("completeMultipartUpload", params, completeMultipartUpload);
  }

  /** Gives a multipart upload up and deletes its parts. */
  async abortMultipartUpload(
    params: AbortMultipartUploadParams & Abortable,
  ): Promise<AbortMultipartUploadResult> {
    return await this.#run("abortMultipartUpload", params, abortMultipartUpload);
  }

  /** The parts that an upload has, in ascending order, over all pages. */
  listParts(params: ListPartsParams & Abortable): AsyncGenerator<ListedPart, void, undefined> {
    return this.#list("listParts", params, listParts);
  }

  /** The bucket's unfinished uploads, over all pages. A `prefix` matches longer keys too. */
  listMultipartUploads(
    params: ListMultipartUploadsParams & Abortable = {},
  ): AsyncGenerator<ListedUpload, void, undefined> {
    return this.#list("listMultipartUploads", params, listMultipartUploads);
  }

  /** Stores an object of up to 5 GiB in one request. */
  async putObject(params: PutObjectRequestParams): Promise<PutObjectResult> {
    return await this.#run("putObject", params, async (connection, given, context) =>
      putObject(connection, await digested(given), context),
    );
  }

  /** What is known of an object, without its content. */
  async headObject(params: HeadObjectParams & Abortable): Promise<HeadObjectResult> {
    return await this.#run("headObject", params, headObject);
  }

  /** What the streams of this client hold and wait for, at this moment. */
  stats(): ClientStats {
    return this.#core.stats();
  }

  /**
   * Destroys the streams of this client that have not finished, which aborts their uploads; waits for calls under way, their retries
   * and the credentials that they wait for included (`signal` ends one); then closes the sockets (not those of a `dispatcher` of
   * yours) and stops hashing. No call can be made after it: it rejects with `ERR_COS_CLOSED`, as does the next item of a listing that
   * has not come to its end.
   */
  async close(): Promise<void> {
    await this.#core.close();
  }

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
