import type { RetryEvent, UploadResult } from "../../events.ts";
import { describeFailure } from "../describe-failure.ts";
import { formatBytes, formatRate } from "../sizes.ts";

export function resultSentence(result: UploadResult, milliseconds: number): string {
  const { bucket, key, size, parts, crc64, etag } = result;
  const skipped = parts.filter((part) => part.skipped).length;
  const there = skipped > 0 ? `${skipped} of them there already, ` : "";
  const count = parts.length > 1 ? `${parts.length} parts, ${there}` : "";
  return (
    `uploaded ${formatBytes(size)} to cos://${bucket}/${key} in ${(milliseconds / 1000).toFixed(1)}s ` +
    `(${count}${formatRate(size, milliseconds)}), verified; CRC64 ${crc64}, ETag ${etag}`
  );
}

export function retrySentence({ operation, partNumber, attempt, delay, error }: RetryEvent): string {
  const what = partNumber === undefined ? operation : `${operation} of part ${partNumber}`;
  return `attempt ${attempt} at ${what} failed, next in ${(delay / 1000).toFixed(1)}s: ${describeFailure(error)}`;
}
