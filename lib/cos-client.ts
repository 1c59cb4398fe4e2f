import { brand } from "./brand.ts";
import { readOptions } from "./check.ts";
import { CLIENT_OPTIONS, createResources, readResourceOptions } from "./options/resources.ts";
import { StreamHost } from "./options/stream-host.ts";
import { UPLOAD_OPTIONS } from "./options/upload-options.ts";
import type { ConnectionOptions, PartResourceOptions, UploadStreamOptions } from "./options.ts";
import { UploadStream } from "./upload-stream.ts";

/** Options of {@link CosClient}. */
export interface CosClientOptions extends ConnectionOptions, PartResourceOptions {
  readonly bucket: string;
  readonly region: string;
}

/**
 * One bucket: its operations, and upload streams that share sockets, credentials, part memory and a hash thread.
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
export class CosClient extends StreamHost {
  static {
    brand(CosClient, "CosClient");
  }

  /** @throws TypeError, RangeError `ERR_COS_INVALID_OPTION`. */
  constructor(options: CosClientOptions) {
    super(createResources(readResourceOptions("a CosClient", options, CLIENT_OPTIONS)));
  }

  /** An upload stream through this client: options as those of the function of that name, without the connection's. */
  createUploadStream(options: Omit<UploadStreamOptions, "client">): UploadStream {
    return new UploadStream({ ...readOptions("an upload stream", options, UPLOAD_OPTIONS), client: this });
  }
}
