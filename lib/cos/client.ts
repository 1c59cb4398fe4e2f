import { checkBoolean, checkInteger, checkString, describeValue } from "../check.ts";
import { CosUploadError, invalidOption } from "../errors.ts";
import { BODY_PARAMS, type BodyParams, checkBody, checkCall, checkPartList } from "./check-call.ts";
import {
  checkAttributes,
  checkEncryption,
  checkKey,
  checkPartNumber,
  checkUploadId,
} from "./check-params.ts";
import type { Connection } from "./connection.ts";
import type { CallContext } from "./execute.ts";
import { OBJECT_ATTRIBUTES, type ObjectAttributes } from "./object-headers.ts";
import {
  type AbortMultipartUploadParams,
  type AbortMultipartUploadResult,
  abortMultipartUpload,
} from "./operations/abort-multipart-upload.ts";
import {
  type CompleteMultipartUploadParams,
  type CompleteMultipartUploadResult,
  completeMultipartUpload,
} from "./operations/complete-multipart-upload.ts";
import { type HeadObjectParams, type HeadObjectResult, headObject } from "./operations/head-object.ts";
import {
  type InitiateMultipartUploadParams,
  type InitiateMultipartUploadResult,
  initiateMultipartUpload,
} from "./operations/initiate-multipart-upload.ts";
import {
  type ListedUpload,
  type ListMultipartUploadsParams,
  listMultipartUploads,
} from "./operations/list-multipart-uploads.ts";
import { type ListedPart, type ListPartsParams, listParts } from "./operations/list-parts.ts";
import { type PutObjectResult, putObject } from "./operations/put-object.ts";
import { type UploadPartResult, uploadPart } from "./operations/upload-part.ts";

/** What every operation takes beside its own parameters. */
export interface Abortable {
  /** Ends the call, which rejects with an `AbortError` (`ABORT_ERR`) whose cause is the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

export interface UploadPartRequestParams extends BodyParams, Abortable {
  readonly key: string;
  readonly uploadId: string;
  /** 1 to 10,000. */
  readonly partNumber: number;
  /** Taken from a `Part` without effect, so that one can be spread into the call. */
  readonly offset?: number;
  readonly size?: number;
}

export interface PutObjectRequestParams extends ObjectAttributes, BodyParams, Abortable {
  readonly key: string;
}

/**
 * COS's operations on one bucket, one method each, named after them. Each signs, retries and checks its answer; each
 * rejects with a typed error, and throws `ERR_COS_INVALID_OPTION` for parameters that COS would refuse.
 */
export class CosOperations {
  readonly #connection: Connection;
  #closed = false;

  /** @internal */
  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** Begins a multipart upload. */
  async initiateMultipartUpload(
    params: InitiateMultipartUploadParams & Abortable,
  ): Promise<InitiateMultipartUploadResult> {
    checkCall("initiateMultipartUpload", params, [...OBJECT_ATTRIBUTES, "serverSideEncryption"]);
    checkKey(params.key);
    checkAttributes(params);
    checkEncryption(params.serverSideEncryption, this.#connection.endpoint);
    return await initiateMultipartUpload(this.#connection, params, this.#context(params));
  }

  /** Sends one part; the same part number again replaces it. */
  async uploadPart(params: UploadPartRequestParams): Promise<UploadPartResult> {
    checkCall("uploadPart", params, BODY_PARAMS);
    const { partNumber, ...rest } = params;
    const number = checkPartNumber("partNumber", partNumber ?? Number.NaN)!;
    const part = {
      ...rest,
      ...checkBody(params, this.#connection.endpoint),
      uploadId: checkUploadId(params.uploadId),
      partNumber: number,
    };
    return await uploadPart(this.#connection, part, this.#context(params));
  }

  /** Makes the object of its parts. */
  async completeMultipartUpload(
    params: CompleteMultipartUploadParams & Abortable,
  ): Promise<CompleteMultipartUploadResult> {
    checkCall("completeMultipartUpload", params, ["parts", "forbidOverwrite"]);
    checkKey(params.key);
    checkUploadId(params.uploadId);
    checkBoolean("forbidOverwrite", params.forbidOverwrite);
    checkPartList(params.parts);
    return await completeMultipartUpload(this.#connection, params, this.#context(params));
  }

  /** Gives a multipart upload up and deletes its parts. */
  async abortMultipartUpload(
    params: AbortMultipartUploadParams & Abortable,
  ): Promise<AbortMultipartUploadResult> {
    checkCall("abortMultipartUpload", params, []);
    checkKey(params.key);
    checkUploadId(params.uploadId);
    return await abortMultipartUpload(this.#connection, params, this.#context(params));
  }

  /** The parts that an upload has, in ascending order, over all pages. */
  listParts(params: ListPartsParams & Abortable): AsyncGenerator<ListedPart, void, undefined> {
    checkCall("listParts", params, ["maxParts"]);
    checkKey(params.key);
    checkUploadId(params.uploadId);
    checkInteger("maxParts", params.maxParts, { min: 1, max: 1000 });
    return listParts(this.#connection, params, this.#context(params));
  }

  /** The bucket's unfinished uploads, over all pages. A `prefix` matches longer keys too. */
  listMultipartUploads(
    params: ListMultipartUploadsParams & Abortable = {},
  ): AsyncGenerator<ListedUpload, void, undefined> {
    checkCall("listMultipartUploads", params, ["prefix", "maxUploads"]);
    checkString("prefix", params.prefix, "expected a string", /^/);
    checkInteger("maxUploads", params.maxUploads, { min: 1, max: 1000 });
    return listMultipartUploads(this.#connection, params, this.#context(params));
  }

  /** Stores an object of up to 5 GiB in one request. */
  async putObject(params: PutObjectRequestParams): Promise<PutObjectResult> {
    checkCall("putObject", params, [...OBJECT_ATTRIBUTES, ...BODY_PARAMS]);
    checkAttributes(params);
    return await putObject(
      this.#connection,
      { ...params, ...checkBody(params, this.#connection.endpoint) },
      this.#context(params),
    );
  }

  /** What is known of an object, without its content. */
  async headObject(params: HeadObjectParams & Abortable): Promise<HeadObjectResult> {
    checkCall("headObject", params, ["serverSideEncryption"]);
    checkKey(params.key);
    checkString("versionId", params.versionId);
    checkEncryption(params.serverSideEncryption, this.#connection.endpoint);
    return await headObject(this.#connection, params, this.#context(params));
  }

  /** Waits for calls under way, then closes the sockets (not those of a `dispatcher` of yours). No call can be made after it. */
  async close(): Promise<void> {
    this.refuseCalls();
    await this.#connection.transport.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #context({ signal }: Abortable): CallContext {
    this.assertOpen();
    if (signal === undefined) return { signal: new AbortController().signal };
    // A signal of the call's own: Node warns when more than ten calls listen to one.
    if (signal instanceof AbortSignal) return { signal: AbortSignal.any([signal]) };
    throw invalidOption(TypeError, "signal", "expected an AbortSignal", describeValue(signal));
  }

  /** @internal */
  protected refuseCalls(): void {
    this.#closed = true;
  }

  /** @internal */
  protected assertOpen(): void {
    if (this.#closed) throw new CosUploadError("ERR_COS_CLOSED", "This client was closed; make a new one");
  }
}
