import { checkInteger, checkNames, checkString, describeValue } from "../check.ts";
import type { Digests } from "../digest/digester.ts";
import { createInlineDigester } from "../digest/inline-digester.ts";
import { CosUploadError, invalidOption } from "../errors.ts";
import { MAX_PART_SIZE } from "../limits.ts";
import {
  checkAttributes,
  checkEncryption,
  checkKey,
  checkPartNumber,
  checkTrafficLimit,
  checkUploadId,
} from "./check-params.ts";
import type { Connection } from "./connection.ts";
import type { ServerSideEncryption } from "./encryption.ts";
import type { CallContext } from "./execute.ts";
import type { ObjectAttributes } from "./object-headers.ts";
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
import { byteLength } from "./request.ts";

/** What every operation takes beside its own parameters. */
export interface Abortable {
  /** Ends the call, which rejects with an `AbortError` (`ABORT_ERR`) whose cause is the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/** A body: bytes, or pieces of them in order. They must not change until the call settles. */
export interface BodyParams {
  readonly body: Uint8Array | readonly Uint8Array[];
  /** MD5 (base64) and CRC64 (decimal) of the body, where they are known already, as in a `Part` of a `PartTransform`. */
  readonly md5?: string | undefined;
  readonly crc64?: string | undefined;
  readonly serverSideEncryption?: ServerSideEncryption | undefined;
  /** Bit/s: 819,200 to 838,860,800. */
  readonly trafficLimit?: number | undefined;
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

  /** @internal */
  static connectionOf(client: CosOperations): Connection {
    client.#assertOpen();
    return client.#connection;
  }

  /** Begins a multipart upload. */
  async initiateMultipartUpload(
    params: InitiateMultipartUploadParams & Abortable,
  ): Promise<InitiateMultipartUploadResult> {
    checkKey(params.key);
    checkAttributes(params);
    checkEncryption(params.serverSideEncryption, this.#connection.endpoint);
    return await initiateMultipartUpload(this.#connection, params, this.#context(params));
  }

  /** Sends one part; the same part number again replaces it. */
  async uploadPart(params: UploadPartRequestParams): Promise<UploadPartResult> {
    const { partNumber, ...rest } = params;
    const number = checkPartNumber("partNumber", partNumber ?? Number.NaN)!;
    const part = {
      ...rest,
      ...this.#checkBody(params),
      uploadId: checkUploadId(params.uploadId),
      partNumber: number,
    };
    return await uploadPart(this.#connection, part, this.#context(params));
  }

  /** Makes the object of its parts. */
  async completeMultipartUpload(
    params: CompleteMultipartUploadParams & Abortable,
  ): Promise<CompleteMultipartUploadResult> {
    checkKey(params.key);
    checkUploadId(params.uploadId);
    checkParts(params.parts);
    return await completeMultipartUpload(this.#connection, params, this.#context(params));
  }

  /** Gives a multipart upload up and deletes its parts. */
  async abortMultipartUpload(
    params: AbortMultipartUploadParams & Abortable,
  ): Promise<AbortMultipartUploadResult> {
    checkKey(params.key);
    checkUploadId(params.uploadId);
    return await abortMultipartUpload(this.#connection, params, this.#context(params));
  }

  /** The parts that an upload has, in ascending order, over all pages. */
  listParts(params: ListPartsParams & Abortable): AsyncGenerator<ListedPart, void, undefined> {
    checkKey(params.key);
    checkUploadId(params.uploadId);
    checkInteger("maxParts", params.maxParts, { min: 1, max: 1000 });
    return listParts(this.#connection, params, this.#context(params));
  }

  /** The bucket's unfinished uploads, over all pages. A `prefix` matches longer keys too. */
  listMultipartUploads(
    params: ListMultipartUploadsParams & Abortable = {},
  ): AsyncGenerator<ListedUpload, void, undefined> {
    checkNames("listMultipartUploads", params, ["prefix", "maxUploads", "signal"]);
    checkString("prefix", params.prefix, "expected a string", /^/);
    checkInteger("maxUploads", params.maxUploads, { min: 1, max: 1000 });
    return listMultipartUploads(this.#connection, params, this.#context(params));
  }

  /** Stores an object of up to 5 GiB in one request. */
  async putObject(params: PutObjectRequestParams): Promise<PutObjectResult> {
    checkAttributes(params);
    return await putObject(
      this.#connection,
      { ...params, ...this.#checkBody(params) },
      this.#context(params),
    );
  }

  /** What is known of an object, without its content. */
  async headObject(params: HeadObjectParams & Abortable): Promise<HeadObjectResult> {
    checkKey(params.key);
    checkString("versionId", params.versionId);
    checkEncryption(params.serverSideEncryption, this.#connection.endpoint);
    return await headObject(this.#connection, params, this.#context(params));
  }

  /** Waits for running requests, then closes the sockets (not those of a `dispatcher` of yours). */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#connection.transport.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #context({ signal }: Abortable): CallContext {
    this.#assertOpen();
    if (signal === undefined) return { signal: new AbortController().signal };
    if (signal instanceof AbortSignal) return { signal };
    throw invalidOption(TypeError, "signal", "expected an AbortSignal", describeValue(signal));
  }

  #assertOpen(): void {
    if (this.#closed) throw new CosUploadError("ERR_COS_CLOSED", "This client was closed; make a new one");
  }

  #checkBody(params: BodyParams & { key: string }): { body: readonly Uint8Array[]; digests: Digests } {
    checkKey(params.key);
    checkEncryption(params.serverSideEncryption, this.#connection.endpoint);
    checkTrafficLimit(params.trafficLimit);
    const pieces: readonly unknown[] = Array.isArray(params.body) ? params.body : [params.body];
    const wrong = pieces.find((piece) => !(piece instanceof Uint8Array));
    if (pieces.includes(undefined) || wrong !== undefined) {
      throw invalidOption(
        TypeError,
        "body",
        "expected a Uint8Array or an array of them",
        describeValue(wrong),
      );
    }
    const body = (pieces as readonly Uint8Array[]).filter(({ byteLength }) => byteLength > 0);
    const size = byteLength(body);
    if (size > MAX_PART_SIZE) {
      throw invalidOption(RangeError, "body", `expected at most ${MAX_PART_SIZE} bytes`, `${size} bytes`);
    }
    return { body, digests: digestsOf(body, params) };
  }
}

function digestsOf(body: readonly Uint8Array[], { md5, crc64 }: BodyParams): Digests {
  checkString("md5", md5, "expected an MD5 in base64", /^[A-Za-z0-9+/]{22}==$/);
  checkString("crc64", crc64, "expected a CRC64 as an unsigned decimal", /^\d{1,20}$/);
  if (md5 !== undefined && crc64 !== undefined) return { md5, crc64 };
  const digester = createInlineDigester();
  for (const piece of body) digester.update(piece);
  return digester.digest();
}

function checkParts(parts: CompleteMultipartUploadParams["parts"]): void {
  const rule = "expected at least one { partNumber, etag }, in ascending order";
  if (!Array.isArray(parts) || parts.length === 0) {
    throw invalidOption(TypeError, "parts", rule, Array.isArray(parts) ? "none" : describeValue(parts));
  }
  let previous = 0;
  for (const part of parts) {
    const partNumber = checkPartNumber("parts.partNumber", part?.partNumber ?? Number.NaN)!;
    checkString("parts.etag", part.etag ?? null);
    if (partNumber <= previous)
      throw invalidOption(RangeError, "parts", rule, `${partNumber} after ${previous}`);
    previous = partNumber;
  }
}
