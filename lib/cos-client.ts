import { brand } from "./brand.ts";
import { copyOptions, readOptions } from "./check/table.ts";
import { ClientCore, setCore } from "./client/client-core.ts";
import type { MultipartOperations } from "./client/multipart-operations.ts";
import type { ObjectOperations } from "./client/object-operations.ts";
import { createResources } from "./client/resources.ts";
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
  digested,
  type PutObjectRequestParams,
  type UploadPartRequestParams,
} from "./cos/parameters/calls.ts";
import type { ClientStats } from "./events.ts";
import { CLIENT, UPLOAD } from "./options/tables.ts";
import type { ConnectionOptions, PartResourceOptions, SharedClient, UploadStreamOptions } from "./options.ts";
import { UploadStream } from "./upload-stream.ts";

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
export class CosClient implements MultipartOperations, ObjectOperations, SharedClient {
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

  // The comments of the operations are in the interfaces, where editors find them.

  async initiateMultipartUpload(
    params: InitiateMultipartUploadParams & Abortable,
  ): Promise<InitiateMultipartUploadResult> {
    return await this.#core.run("initiateMultipartUpload", params, initiateMultipartUpload);
  }

  async uploadPart(params: UploadPartRequestParams): Promise<UploadPartResult> {
    return await this.#core.run("uploadPart", params, async (connection, given, context) =>
      uploadPart(connection, digested(given), context),
    );
  }

  async completeMultipartUpload(
    params: CompleteMultipartUploadParams & Abortable,
  ): Promise<CompleteMultipartUploadResult> {
    return await this.#core.run("completeMultipartUpload", params, completeMultipartUpload);
  }

  async abortMultipartUpload(
    params: AbortMultipartUploadParams & Abortable,
  ): Promise<AbortMultipartUploadResult> {
    return await this.#core.run("abortMultipartUpload", params, abortMultipartUpload);
  }

  listParts(params: ListPartsParams & Abortable): AsyncGenerator<ListedPart, void, undefined> {
    return this.#core.list("listParts", params, listParts);
  }

  listMultipartUploads(
    params: ListMultipartUploadsParams & Abortable = {},
  ): AsyncGenerator<ListedUpload, void, undefined> {
    return this.#core.list("listMultipartUploads", params, listMultipartUploads);
  }

  async putObject(params: PutObjectRequestParams): Promise<PutObjectResult> {
    return await this.#core.run("putObject", params, async (connection, given, context) =>
      putObject(connection, digested(given), context),
    );
  }

  async headObject(params: HeadObjectParams & Abortable): Promise<HeadObjectResult> {
    return await this.#core.run("headObject", params, headObject);
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
}
