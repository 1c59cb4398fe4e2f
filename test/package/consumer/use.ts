// What a consumer writes, compiled against the packed declarations; never run.
import { createReadStream } from "node:fs";
import type { Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import {
  CosClient,
  CosIntegrityError,
  CosServiceError,
  createUploadStream,
  type Part,
  type PartReceipt,
  PartTransform,
  type UploadResult,
  type UploadStream,
  type UploadStreamOptions,
} from "cos-upload-stream";
import { type Emulator, startEmulator } from "cos-upload-stream/emulator";

const options: UploadStreamOptions = {
  bucket: "examplebucket-1250000000",
  region: "ap-beijing",
  key: "exampleobject",
  credentials: async ({ refresh }) => ({ secretId: "id", secretKey: String(refresh), expiresAt: new Date() }),
  serverSideEncryption: { type: "SSE-C", key: new Uint8Array(32) },
  metadata: { owner: "me" },
  retry: { maxAttempts: 3, isRetryable: (error) => (error instanceof CosServiceError ? false : undefined) },
};

export async function upload(): Promise<UploadResult | undefined> {
  const stream: UploadStream = createUploadStream(options);
  const writable: Writable = stream;
  stream
    .on("part", ({ partNumber, etag, crc64 }) => console.log(partNumber.toFixed(), etag.trim(), crc64.trim()))
    .on("progress", ({ confirmed, total }) => console.log(confirmed / (total ?? 1)))
    .on("retry", ({ operation, delay }) => console.log(operation.trim(), delay.toFixed()))
    .on("warning", (warning) => console.log(warning.code.trim(), warning.outcome))
    .on("error", (error: Error) => console.log(error.message))
    .once("finish", () => console.log(stream.result?.location));
  stream.on("error", (error) => console.log(error.message)).on("pipe", (source) => source.readable);
  stream.addListener("part", (part) => part.etag);
  // @ts-expect-error a part has no such field
  stream.on("part", ({ partnumber }) => partnumber);
  // @ts-expect-error a part is no string
  stream.on("part", (part: string) => part);
  if (!stream.write("x")) await new Promise((resolve) => stream.once("drain", resolve));
  await new Promise<void>((resolve, reject) => void stream.once("finish", resolve).once("error", reject));
  stream.off("close", () => console.log("closed"));
  await pipeline(createReadStream("big.tar"), writable);
  const receipts: readonly PartReceipt[] = stream.parts;
  console.log(receipts.length, stream.stats().memoryHeld);
  return await stream.done;
}

export async function parts(emulator: Emulator): Promise<void> {
  await using client = new CosClient({ ...emulator.target, timeout: { attempt: 1000 } });
  const { uploadId } = await client.initiateMultipartUpload({ key: "k", contentType: "text/plain" });
  const transform = new PartTransform({ partSize: 1024 * 1024 });
  await pipeline(createReadStream("big.tar"), transform, async (source: AsyncIterable<Part>) => {
    for await (const part of source) await client.uploadPart({ key: "k", uploadId, ...part });
  });
  for await (const part of client.listParts({ key: "k", uploadId })) console.log(part.size, part.etag);
  try {
    await client.headObject({ key: "k", signal: AbortSignal.timeout(1000) });
  } catch (error) {
    if (error instanceof CosIntegrityError) console.log(error.expected, error.actual);
    if (error instanceof CosServiceError) console.log(error.statusCode, error.requestId);
  }
  // @ts-expect-error a size is a number
  createUploadStream({ ...options, partSize: "8MiB" });
  const again = await startEmulator({ port: 0 });
  await again.close();
}
