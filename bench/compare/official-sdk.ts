import COS from "cos-nodejs-sdk-v5";
import type { Uploader } from "../clients/uploader.ts";
import type { Order } from "../measure/plan.ts";

/** The official SDK's `sliceUploadFile`, of a file that is in memory: it has no multipart upload of a stream. */
export function connect({ url, files, options }: Order): Uploader {
  const { protocol, host } = new URL(url);
  const place = { Bucket: "bench-1250000000", Region: "ap-beijing" };
  const client = new COS({
    SecretId: "AKIDbench",
    SecretKey: "bench",
    Protocol: protocol as "http:" | "https:",
    Domain: host,
    ...(options?.partSize && { ChunkSize: options.partSize, ChunkParallelLimit: 4 }),
  });
  return {
    async upload(key, { size }) {
      const file = files?.[size];
      if (file === undefined) throw new Error(`no file of ${size} bytes is ready`);
      await client.sliceUploadFile({ ...place, Key: key, FilePath: file });
      return undefined;
    },
    async put(key, bytes) {
      await client.putObject({ ...place, Key: key, Body: bytes });
    },
    async close() {},
  };
}
