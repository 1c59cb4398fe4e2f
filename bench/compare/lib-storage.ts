import { S3Client } from "@aws-sdk/client-s3";
import { Upload } from "@aws-sdk/lib-storage";
import type { Uploader } from "../clients/uploader.ts";
import type { Order } from "../measure/plan.ts";

/** `@aws-sdk/lib-storage` with its defaults: parts of 5 MiB, four at a time, each with a CRC32 and a SHA-256. */
export function connect({ url, options }: Order): Uploader {
  const client = new S3Client({
    endpoint: url,
    region: "us-east-1",
    forcePathStyle: true,
    credentials: { accessKeyId: "bench", secretAccessKey: "bench" },
  });
  return {
    async upload(key, source, onChunk) {
      const params = { Bucket: "bench", Key: key, Body: source.read(onChunk) };
      await new Upload({ client, params, ...(options?.partSize && { partSize: options.partSize }) }).done();
      return undefined;
    },
    async close() {
      client.destroy();
    },
  };
}
