import { pipeline } from "node:stream/promises";
import { CosClient, type UploadStream } from "cos-upload-stream";
import type { Order } from "../measure/plan.ts";
import type { Uploader } from "./uploader.ts";

/** How often memory in use is looked at, in milliseconds. */
const LOOK_EVERY = 5;

/** This package, as users get it. */
export function connect({ url, options = {} }: Order): Uploader {
  const { partSize, ...shared } = options;
  const client = new CosClient({
    bucket: "bench-1250000000",
    region: "ap-beijing",
    endpoint: url,
    credentials: { secretId: "AKIDbench", secretKey: "bench" },
    ...shared,
  });
  const open = (key: string): UploadStream =>
    client.createUploadStream({ key, ...(partSize && { partSize }) });

  return {
    async upload(key, source, onChunk) {
      const stream = open(key);
      let partMemory = 0;
      const look = (): void => {
        partMemory = Math.max(partMemory, stream.stats().memoryHeld);
      };
      const timer = setInterval(look, LOOK_EVERY);
      try {
        await pipeline(source.read(onChunk), stream);
      } finally {
        clearInterval(timer);
      }
      return { partMemory };
    },
    async put(key, bytes) {
      const stream = client.createUploadStream({ key, singlePut: true });
      stream.end(bytes);
      await stream.done;
    },
    open(key) {
      const stream = open(key);
      return { stream, done: stream.done };
    },
    close: () => client.close(),
  };
}
