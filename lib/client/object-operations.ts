import type { HeadObjectParams, HeadObjectResult } from "../cos/operations/head-object.ts";
import type { PutObjectResult } from "../cos/operations/put-object.ts";
import type { Abortable, PutObjectRequestParams } from "../cos/parameters/calls.ts";

/** The operations of a client on objects. */
export interface ObjectOperations {
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
  putObject(params: PutObjectRequestParams): Promise<PutObjectResult>;

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
  headObject(params: HeadObjectParams & Abortable): Promise<HeadObjectResult>;
}
