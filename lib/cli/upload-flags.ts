import type { Command } from "commander";
import { boolean, integer } from "../check/rules.ts";
import { uploadId } from "../cos/parameters/rules.ts";
import type { ResumeOption, UploadStreamOptions } from "../options.ts";
import { usageError } from "./command-error.ts";
import { CONNECTION_FLAGS, type ConnectionFlags } from "./connection-flags.ts";
import { ENCRYPTION_FLAGS, type EncryptionFlags } from "./encryption-flags.ts";
import { addFlags, type Flags, optionsOf } from "./flags.ts";

const bytes = integer(0, Number.MAX_SAFE_INTEGER, "bytes");

/** The flags about the object and how it is sent. */
const OWN: Flags = {
  partSize: "size of the first part, such as 8MiB or 16m",
  concurrency: "parts being sent at a time",
  memory: "most memory for part buffers",
  maxParts: "most parts",
  expectedSize: { as: "expect-size", help: "exact length; any other fails, and no object is made" },
  expectedCrc64: {
    as: "expect-crc64",
    argument: "decimal",
    help: "CRC64 of the content; any other fails, and no object is made",
  },
  expectedMd5: {
    as: "expect-md5",
    argument: "digest",
    help: "MD5 of the content, hex or base64; any other fails, and no object is made",
  },
  storageClass: { argument: "class", help: "storage class" },
  acl: { argument: "acl", help: "who may read" },
  contentType: { argument: "type", help: "Content-Type stored with the object" },
  cacheControl: "Cache-Control stored with the object",
  contentDisposition: "Content-Disposition stored with the object",
  contentEncoding: "Content-Encoding stored with the object",
  metadata: { as: "meta", help: "metadata of the object; repeatable" },
  tagging: { as: "tag", help: "tag of the object; repeatable" },
  forbidOverwrite: "fail when the object exists",
  ...ENCRYPTION_FLAGS,
  trafficLimit: "bits per second, for each part being sent",
  singlePut: "send what fits one part as one request",
  leavePartsOnError: { as: "leave-parts", help: "keep the uploaded parts when the upload fails" },
  resume: {
    rule: boolean,
    help: "continue the newest unfinished upload of this key; only missing parts are sent",
  },
  "resume.uploadId": {
    as: "upload-id",
    argument: "id",
    rule: uploadId,
    help: "with --resume: continue this upload, not the newest one",
  },
  "timeout.idle": { as: "idle-timeout", help: "give up when the source says nothing for so long" },
  minSize: {
    argument: "size",
    rule: bytes,
    help: "least length; a shorter content fails, and no object is made",
  },
  quiet: { rule: boolean, help: "say nothing unless it fails" },
  json: { rule: boolean, help: "one JSON object per line on standard output" },
};

/** All flags of an upload. */
export const UPLOAD_FLAGS: Flags = { ...CONNECTION_FLAGS, ...OWN };

/** The values of flags that are looked at by themselves. */
export interface UploadFlags extends ConnectionFlags, EncryptionFlags {
  readonly expectedSize?: number;
  readonly minSize?: number;
  readonly contentType?: string;
  readonly quiet?: true;
  readonly leavePartsOnError?: true;
  readonly resume?: true;
  readonly "resume.uploadId"?: string;
  readonly json?: true;
}

export function addUploadFlags(command: Command): Command {
  return addFlags(command, UPLOAD_FLAGS);
}

export function uploadOptions(flags: UploadFlags): Omit<UploadStreamOptions, "key"> {
  return { ...optionsOf(OWN, flags), resume: resumeOption(flags) };
}

function resumeOption({ resume, "resume.uploadId": uploadId }: UploadFlags): ResumeOption | undefined {
  if (uploadId !== undefined && !resume) throw usageError("--upload-id goes with --resume");
  if (!resume) return undefined;
  return uploadId === undefined ? "latest" : { uploadId };
}
