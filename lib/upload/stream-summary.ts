import type { Connection } from "../cos/connection.ts";
import { objectLocation } from "../cos/operations/put-object.ts";
import { combineCrc64 } from "../digest/combine.ts";
import { CosIntegrityError } from "../errors.ts";
import type { PartReceipt, StreamSummary, UploadResult } from "../events.ts";
import type { ResolvedUpload } from "../options/upload-options.ts";

/** What only the end of a stream tells. */
export interface StreamEnd {
  readonly size: number;
  /** Base64; computed only when it is expected, or asked for. */
  readonly md5: string | undefined;
}

/** Refuses a stream that is not the expected one, before anything is committed. */
export function checkExpected(
  { size, md5 }: StreamEnd,
  crc64: string,
  expected: ResolvedUpload["expected"],
  uploadId: string | undefined,
): void {
  checkExpectedSize(size, expected.size, uploadId);
  const refuse = (what: string, wanted: string, actual: string): never => {
    const message = `The stream's ${what} is ${actual}, expected ${wanted}; the object was not made`;
    throw new CosIntegrityError(message, { expected: wanted, actual }, { uploadId });
  };
  if (expected.crc64 !== undefined && crc64 !== expected.crc64) refuse("CRC64", expected.crc64, crc64);
  if (expected.md5 !== undefined && md5 !== expected.md5) refuse("MD5", expected.md5, String(md5));
}

export function checkExpectedSize(
  size: number,
  expected: number | undefined,
  uploadId: string | undefined,
): void {
  if (expected === undefined || size === expected) return;
  const length = size > expected ? `has more than the ${expected}` : `ended after ${size} of the ${expected}`;
  throw new CosIntegrityError(
    `The stream ${length} bytes that "expectedSize" announced; the object was not made`,
    { expected, actual: size },
    { uploadId },
  );
}

/** Refuses to commit parts that do not make up the stream: numbers without a gap, and sizes that sum to its bytes. */
export function checkContiguous(
  receipts: readonly PartReceipt[],
  firstPartNumber: number,
  size: number,
  uploadId: string | undefined,
): void {
  let end = 0;
  receipts.forEach(({ partNumber, offset, size }, index) => {
    const expected = `part ${firstPartNumber + index} at ${end}`;
    const actual = `part ${partNumber} at ${offset}`;
    if (actual !== expected) {
      const message = `The confirmed parts have a gap: expected ${expected}, found ${actual}`;
      throw new CosIntegrityError(message, { expected, actual }, { uploadId });
    }
    end += size;
  });
  if (end !== size) {
    const message = `The confirmed parts hold ${end} bytes, but the stream had ${size}`;
    throw new CosIntegrityError(message, { expected: size, actual: end }, { uploadId });
  }
}

/** CRC64 of the whole stream from those of its parts. */
export function combinedCrc64(receipts: readonly PartReceipt[]): string {
  return receipts.reduce((crc, part) => combineCrc64(crc, part.crc64, part.size), "0");
}

/** The result of an upload. Without `committed` its parts are left for somebody else to complete. */
export function resultOf(
  connection: Connection,
  summary: StreamSummary,
  committed: Pick<UploadResult, "etag" | "versionId" | "requestId"> | undefined,
): UploadResult {
  const { md5: _, ...stream } = summary;
  return {
    ...stream,
    location: objectLocation(connection, summary.key),
    etag: committed?.etag ?? "",
    versionId: committed?.versionId,
    requestId: committed?.requestId ?? "",
    completed: committed !== undefined,
  };
}
