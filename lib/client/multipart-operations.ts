import type {
  AbortMultipartUploadParams,
  AbortMultipartUploadResult,
} from "../cos/operations/abort-multipart-upload.ts";
import type {
  CompleteMultipartUploadParams,
  CompleteMultipartUploadResult,
} from "../cos/operations/complete-multipart-upload.ts";
import type {
  InitiateMultipartUploadParams,
  InitiateMultipartUploadResult,
} from "../cos/operations/initiate-multipart-upload.ts";
import type { ListedUpload, ListMultipartUploadsParams } from "../cos/operations/list-multipart-uploads.ts";
import type { ListedPart, ListPartsParams } from "../cos/operations/list-parts.ts";
import type { UploadPartResult } from "../cos/operations/upload-part.ts";
import type { Abortable, UploadPartRequestParams } from "../cos/parameters/calls.ts";

/** The operations of a client on multipart uploads. */
export interface MultipartOperations {
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
  initiateMultipartUpload(
    params: InitiateMultipartUploadParams & Abortable,
  ): Promise<InitiateMultipartUploadResult>;

  /**
   * Sends one part. The same part number again replaces the part. `initiateMultipartUpload` has an example.
   *
   * @throws CosServiceError such as `NoSuchUpload`; CosIntegrityError if COS received other bytes; CosUploadError; InvalidOptionError.
   * @see https://intl.cloud.tencent.com/document/product/436/7750 (Upload Part)
   */
  uploadPart(params: UploadPartRequestParams): Promise<UploadPartResult>;

  /**
   * Makes the object of its parts. COS can take minutes for it; `timeout.complete` is the limit.
   *
   * @throws CosServiceError such as `NoSuchUpload`, `InvalidPart` or `EntityTooSmall`; CosUploadError; InvalidOptionError.
   * @see https://intl.cloud.tencent.com/document/product/436/7742 (Complete Multipart Upload)
   */
  completeMultipartUpload(
    params: CompleteMultipartUploadParams & Abortable,
  ): Promise<CompleteMultipartUploadResult>;

  /**
   * Ends a multipart upload without an object, and deletes its parts. A part that is being sent at this moment can arrive later; then abort
   * again.
   *
   * @throws CosServiceError such as `NoSuchUpload`; CosUploadError; InvalidOptionError.
   * @see https://intl.cloud.tencent.com/document/product/436/7740 (Abort Multipart Upload)
   */
  abortMultipartUpload(params: AbortMultipartUploadParams & Abortable): Promise<AbortMultipartUploadResult>;

  /**
   * The parts that COS has of an upload, in ascending order. The iterator asks for the next page when it needs it.
   *
   * @throws InvalidOptionError, at once. The iterator rejects with a CosServiceError such as `NoSuchUpload`, or a CosUploadError.
   * @see https://intl.cloud.tencent.com/document/product/436/7747 (List Parts)
   */
  listParts(params: ListPartsParams & Abortable): AsyncGenerator<ListedPart, void, undefined>;

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
    params?: ListMultipartUploadsParams & Abortable,
  ): AsyncGenerator<ListedUpload, void, undefined>;
}
