import { CosServiceError, CosUploadError } from "../errors.ts";
import { CommandError, EXIT_FAILED, EXIT_USAGE } from "./command-error.ts";

/** The flags that set an option of the library by another name than its own. */
const FLAGS: Readonly<Record<string, string>> = {
  bucket: "the bucket in the URL",
  key: "the key in the URL",
  prefix: "the prefix in the URL",
  metadata: "--meta",
  tagging: "--tag",
  expectedSize: "--expect-size",
  expectedCrc64: "--expect-crc64",
  expectedMd5: "--expect-md5",
  "retry.maxAttempts": "--max-attempts",
  "timeout.idle": "--idle-timeout",
  serverSideEncryption: "--sse",
  "serverSideEncryption.keyId": "--sse-kms-key-id",
  "serverSideEncryption.context": "--sse-kms-context",
  leavePartsOnError: "--leave-parts",
  "resume.uploadId": "--upload-id",
};

const SAME_NAME = [
  "region",
  "endpoint",
  "accelerate",
  "internal",
  "partSize",
  "maxParts",
  "concurrency",
  "memory",
  "contentType",
  "cacheControl",
  "contentDisposition",
  "contentEncoding",
  "storageClass",
  "acl",
  "forbidOverwrite",
  "trafficLimit",
  "singlePut",
  "resume",
  "uploadId",
  "port",
  "host",
  "directory",
];

const NO_CREDENTIALS =
  "no credentials: set TENCENTCLOUD_SECRET_ID and TENCENTCLOUD_SECRET_KEY, or write them to " +
  "~/.tencentcloud/credentials, or run on a cloud server with a role, or in a TKE pod whose service account has one";

/** One sentence for a failure: what, which code, which request. Never a stack. */
export function describeFailure(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error instanceof CosServiceError) {
    return error.requestId === undefined ? error.message : `${error.message} [request ${error.requestId}]`;
  }
  if (isInvalidOption(error)) return inFlags(error.message.replace(/^Invalid option ("[^"]*")/, "$1"));
  if (error instanceof CosUploadError) {
    const message = error.code === "ERR_COS_NO_CREDENTIALS" ? NO_CREDENTIALS : inFlags(error.message);
    return `${message} [${error.code}]${causeOf(error)}`;
  }
  return error.message;
}

export function exitCodeOf(error: unknown): number {
  if (error instanceof CommandError) return error.exitCode;
  return isInvalidOption(error) ? EXIT_USAGE : EXIT_FAILED;
}

/** What machines may want to know of a failure; secrets are in none of it. */
export function failureFields(error: unknown): Record<string, unknown> {
  const fields: Record<string, unknown> = { message: describeFailure(error) };
  for (const name of ["code", "statusCode", "operation", "partNumber", "requestId", "uploadId", "outcome"]) {
    const value = Object(error)[name] as unknown;
    if (value !== undefined) fields[name] = value;
  }
  return fields;
}

function isInvalidOption(error: unknown): boolean {
  return Object(error).code === "ERR_COS_INVALID_OPTION";
}

/** The library speaks of its options; who uses the command knows flags. */
function inFlags(message: string): string {
  return message.replace(/"([A-Za-z][\w.-]*)"/g, (quoted, name: string) => flagOf(name) ?? quoted);
}

function flagOf(option: string): string | undefined {
  if (SAME_NAME.includes(option))
    return `--${option.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
  const [group = ""] = option.split(".");
  return FLAGS[option] ?? (group === "metadata" || group === "tagging" ? FLAGS[group] : undefined);
}

/** Why, where the message itself only says that something went wrong. */
function causeOf({ code, cause }: CosUploadError): string {
  return code === "ERR_COS_CREDENTIALS" && cause instanceof Error ? `: ${cause.message}` : "";
}
