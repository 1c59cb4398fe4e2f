import { randomBytes } from "node:crypto";
import { rm } from "node:fs/promises";
import { checkMd5, expectedMd5, readBody, trafficLimit } from "../body.ts";
import { type WrittenBody, writeBody } from "../body-file.ts";
import { CosError, notImplemented } from "../cos-error.ts";
import { etagIsMd5 } from "../encryption.ts";
import type { Exchange } from "../exchange.ts";
import type { Encryption } from "../store/records.ts";

/** A body in a temporary file. The caller moves or removes the file. */
export interface ReceivedBody extends WrittenBody {
  readonly etag: string;
  readonly temporary: string;
}

/** Writes the body of Upload Part or Put Object to disk. If anything is wrong with it, no file is left. */
export async function receiveBody(
  exchange: Exchange,
  encryption: Encryption,
  chunked: "allowed" | "refused" = "allowed",
): Promise<ReceivedBody> {
  if (exchange.header("x-cos-copy-source") !== undefined) throw notImplemented("Copying");
  const length = exchange.header("content-length");
  if (length === undefined && (chunked === "refused" || exchange.header("transfer-encoding") === undefined)) {
    throw new CosError(411, "MissingContentLength", "You must provide the Content-Length HTTP header.");
  }
  const limit = exchange.settings.limits.maxPartSize;
  checkSize(Number(length ?? 0), limit);
  const expected = expectedMd5(exchange);
  trafficLimit(exchange);
  const { disk } = exchange.store;
  const temporary = disk.temporaryPath();
  const announced = length === undefined ? undefined : Number(length);
  const written = await writeBody(limited(exchange, limit), temporary, disk.kept, announced);
  try {
    checkMd5(expected, written.md5);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  const etag = etagIsMd5(encryption) ? written.md5.toString("hex") : randomBytes(16).toString("hex");
  return { ...written, etag, temporary };
}

async function* limited(exchange: Exchange, limit: number): AsyncGenerator<Buffer> {
  for await (const chunk of readBody(exchange)) {
    checkSize(exchange.entry.bytes, limit);
    yield chunk;
  }
}

function checkSize(bytes: number, limit: number): void {
  if (bytes <= limit) return;
  throw new CosError(400, "EntityTooLarge", "Your proposed upload exceeds the maximum allowed object size.", {
    details: { ProposedSize: String(bytes), MaxSizeAllowed: String(limit) },
  });
}
