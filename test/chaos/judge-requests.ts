import type { Emulator, ReceivedRequest } from "../../lib/emulator/index.ts";
import type { Performed } from "./perform-upload.ts";

/** Answers whose sums were wrong on purpose: code that believes one would believe any. A wrong ETag beside a right CRC64 is none. */
const LIES = ["wrong-crc64", "no-etag"];
const WITH_BODY = ["UploadPart", "PutObject", "CompleteMultipartUpload"];

/** What the requests of an upload show that its stream does not tell: bodies that nothing protects, and lies that were believed. */
export function flawsOfRequests(emulator: Emulator, { key, upload }: Performed): string[] {
  const requests = emulator.requests.filter((request) => request.key === key);
  const unprotected = requests.filter(
    ({ operation, statusCode, bytes, headers }) =>
      WITH_BODY.includes(operation) &&
      statusCode === 200 &&
      bytes > 0 &&
      headers["content-md5"] === undefined,
  );
  const believed = new Set([
    upload?.result?.requestId,
    ...(upload?.parts ?? []).map(({ requestId }) => requestId),
  ]);
  const isLie = ({ operation, fault = "" }: ReceivedRequest): boolean => {
    if (!LIES.includes(fault)) return false;
    // Of a Complete the ETag is no digest, and a missing one is looked up.
    if (operation === "CompleteMultipartUpload") return fault === "wrong-crc64";
    return ["UploadPart", "PutObject"].includes(operation);
  };
  const lies = requests.filter((request) => isLie(request) && believed.has(request.requestId));
  return [
    ...unprotected.map(({ operation }) => `a body of ${operation} without Content-MD5 was stored`),
    ...lies.map(({ operation, fault }) => `the answer to ${operation} with ${fault} was believed`),
  ];
}
