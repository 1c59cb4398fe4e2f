import { checkSignal } from "../abort.ts";
import { checkBoolean, checkInteger, checkString } from "../check.ts";
import { loadCrc64 } from "../digest/crc64.ts";
import type { Connection } from "./connection.ts";
import type { CallContext } from "./execute.ts";
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
import { BODY_PARAMS, type BodyParams, checkBody, checkPartList, readCall } from "./parameters/check-call.ts";
import {
  checkAttributes,
  checkEncryption,
  checkKey,
  checkPartNumber,
  checkText,
  checkUploadId,
} from "./parameters/check-params.ts";
import { OBJECT_ATTRIBUTES, type ObjectAttributes } from "./parameters/object-headers.ts";
import { RunningCalls } from "./running-calls.ts";

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
  readonly #calls = new RunningCalls();

  /** @internal */
  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** Begins a multipart upload. */
  async initiateMultipartUpload(
    params: InitiateMultipartUploadParams & Abortable,
  ): Promise<InitiateMultipartUploadResult> {
    const own = [...OBJECT_ATTRIBUTES, "serverSideEncryption"];
    const given = readCall("initiateMultipartUpload", params, own);
    const checked = {
      ...checkAttributes(given),
      key: checkKey(given.key),
      serverSideEncryption: checkEncryption(given.serverSideEncryption, this.#connection.endpoint),
    };
    return await this.#run(given, (context) => initiateMultipartUpload(this.#connection, checked, context));
  }

  /** Sends one part; the same part number again replaces it. */
  async uploadPart(params: UploadPartRequestParams): Promise<UploadPartResult> {
    const given = readCall("uploadPart", params, BODY_PARAMS);
    return await this.#run(given, async (context) => {
      await loadCrc64();
      const checked = {
        partNumber: checkPartNumber("partNumber", given.partNumber ?? Number.NaN)!,
        ...checkBody(given, this.#connection.endpoint),
        uploadId: checkUploadId(given.uploadId),
      };
      return await uploadPart(this.#connection, checked, context);
    });
  }

  /** Makes the object of its parts. */
  async completeMultipartUpload(
    params: CompleteMultipartUploadParams & Abortable,
  ): Promise<CompleteMultipartUploadResult> {
    const given = readCall("completeMultipartUpload", params, ["parts", "forbidOverwrite"]);
    const checked = {
      ...checkUpload(given),
      forbidOverwrite: checkBoolean("forbidOverwrite", given.forbidOverwrite),
      parts: checkPartList(given.parts),
    };
    return await this.#run(given, (context) => completeMultipartUpload(this.#connection, checked, context));
  }

  /** Gives a multipart upload up and deletes its parts. */
  async abortMultipartUpload(
    params: AbortMultipartUploadParams & Abortable,
  ): Promise<AbortMultipartUploadResult> {
    const given = readCall("abortMultipartUpload", params, []);
    return await this.#run(given, (context) =>
      abortMultipartUpload(this.#connection, checkUpload(given), context),
    );
  }

  /** The parts that an upload has, in ascending order, over all pages. */
  listParts(params: ListPartsParams & Abortable): AsyncGenerator<ListedPart, void, undefined> {
    const given = readCall("listParts", params, ["maxParts"]);
    const maxParts = checkInteger("maxParts", given.maxParts, { min: 1, max: 1000 });
    const context = this.#context(given);
    const parts = listParts(this.#connection, { ...checkUpload(given), maxParts }, context);
    return this.#calls.list(parts, context.signal);
  }

  /** The bucket's unfinished uploads, over all pages. A `prefix` matches longer keys too. */
  listMultipartUploads(
    params: ListMultipartUploadsParams & Abortable = {},
  ): AsyncGenerator<ListedUpload, void, undefined> {
    const given = readCall("listMultipartUploads", params, ["prefix", "maxUploads"]);
    const checked = {
      prefix: checkText("prefix", given.prefix),
      maxUploads: checkInteger("maxUploads", given.maxUploads, { min: 1, max: 1000 }),
    };
    const context = this.#context(given);
    return this.#calls.list(listMultipartUploads(this.#connection, checked, context), context.signal);
  }

  /** Stores an object of up to 5 GiB in one request. */
  async putObject(params: PutObjectRequestParams): Promise<PutObjectResult> {
    const given = readCall("putObject", params, [...OBJECT_ATTRIBUTES, ...BODY_PARAMS]);
    return await this.#run(given, async (context) => {
      await loadCrc64();
      const checked = { ...checkAttributes(given), ...checkBody(given, this.#connection.endpoint) };
      return await putObject(this.#connection, checked, context);
    });
  }

  /** What is known of an object, without its content. */
  async headObject(params: HeadObjectParams & Abortable): Promise<HeadObjectResult> {
    const given = readCall("headObject", params, ["serverSideEncryption"]);
    const checked = {
      key: checkKey(given.key),
      versionId: checkText("versionId", checkString("versionId", given.versionId)),
      serverSideEncryption: checkEncryption(given.serverSideEncryption, this.#connection.endpoint),
    };
    return await this.#run(given, (context) => headObject(this.#connection, checked, context));
  }

  /**
   * Waits for calls under way, their retries and the credentials that they wait for included, then closes the sockets (not those of a
   * `dispatcher` of yours). No call can be made after it, and a listing that has not come to its end rejects with `ERR_COS_CLOSED` at
   * its next item.
   */
  async close(): Promise<void> {
    this.refuseCalls();
    await this.#calls.idle();
    await this.#connection.transport.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #run<T>(given: Abortable, call: (context: CallContext) => Promise<T>): Promise<T> {
    return await this.#calls.run(call(this.#context(given)));
  }

  #context({ signal }: Abortable): CallContext {
    this.assertOpen();
    return { signal: checkSignal(signal) ?? new AbortController().signal };
  }

  /** @internal */
  protected refuseCalls(): void {
    this.#calls.refuse();
  }

  /** @internal */
  protected assertOpen(): void {
    this.#calls.assertOpen();
  }
}

function checkUpload({ key, uploadId }: AbortMultipartUploadParams): AbortMultipartUploadParams {
  return { key: checkKey(key), uploadId: checkUploadId(uploadId) };
}
