import { objectLocation } from "../cos/operations/put-object.ts";
import type { PartReceipt, UploadResult } from "../events.ts";
import type { ResolvedUpload } from "../options/upload-options.ts";
import type { CommittedObject } from "./commit.ts";

/** What a finished upload came to. Nothing was committed when its parts were to be left as they are. */
export function resultOf(
  { connection, key }: ResolvedUpload,
  uploadId: string | undefined,
  size: number,
  crc64: string,
  parts: readonly PartReceipt[],
  committed: CommittedObject | undefined,
): UploadResult {
  return {
    bucket: connection.bucket,
    key,
    uploadId,
    location: objectLocation(connection, key),
    etag: committed?.etag ?? "",
    crc64,
    size,
    parts,
    versionId: committed?.versionId,
    requestId: committed?.requestId ?? "",
    completed: committed !== undefined,
  };
}
