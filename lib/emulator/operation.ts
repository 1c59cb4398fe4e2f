import { type CosError, notImplemented } from "./cos-error.ts";
import type { Pair } from "./signature.ts";

/** COS's names of the operations that the emulator has. `Unknown` is everything else. */
export type Operation =
  | "InitiateMultipartUpload"
  | "UploadPart"
  | "CompleteMultipartUpload"
  | "AbortMultipartUpload"
  | "ListParts"
  | "ListMultipartUploads"
  | "PutObject"
  | "GetObject"
  | "HeadObject"
  | "DeleteObject"
  | "ListObjects"
  | "Unknown";

/** Every {@link Operation}, to check the rules of a script. */
export const OPERATIONS: readonly Operation[] = [
  "InitiateMultipartUpload",
  "UploadPart",
  "CompleteMultipartUpload",
  "AbortMultipartUpload",
  "ListParts",
  "ListMultipartUploads",
  "PutObject",
  "GetObject",
  "HeadObject",
  "DeleteObject",
  "ListObjects",
  "Unknown",
];

/** Parameters of operations that the emulator does not have. If it ignored them, it would do something else. */
const OTHER_RESOURCES = new Set([
  "accelerate",
  "acl",
  "append",
  "cors",
  "delete",
  "domain",
  "encryption",
  "inventory",
  "lifecycle",
  "location",
  "logging",
  "object-lock",
  "origin",
  "policy",
  "referer",
  "replication",
  "restore",
  "retention",
  "select",
  "symlink",
  "tagging",
  "torrent",
  "versioning",
  "versions",
  "website",
]);

/** The operation of a method, a key and a query. */
export function operationOf(method: string, key: string, query: readonly Pair[]): Operation {
  const has = (name: string): boolean => query.some((pair) => pair[0] === name);
  if (query.some(([name]) => OTHER_RESOURCES.has(name))) return "Unknown";
  if (key === "") {
    if (method !== "GET") return "Unknown";
    return has("uploads") ? "ListMultipartUploads" : "ListObjects";
  }
  switch (method) {
    case "POST":
      if (has("uploads")) return "InitiateMultipartUpload";
      return has("uploadId") ? "CompleteMultipartUpload" : "Unknown";
    case "PUT":
      return has("uploadId") || has("partNumber") ? "UploadPart" : "PutObject";
    case "GET":
      return has("uploadId") ? "ListParts" : "GetObject";
    case "HEAD":
      return "HeadObject";
    case "DELETE":
      return has("uploadId") ? "AbortMultipartUpload" : "DeleteObject";
    default:
      return "Unknown";
  }
}

/** The error answer to a request for something that the emulator does not have, if it is one. */
export function otherResource(query: readonly Pair[]): CosError | undefined {
  const named = query.find(([name]) => OTHER_RESOURCES.has(name));
  return named && notImplemented(`?${named[0]}`);
}
