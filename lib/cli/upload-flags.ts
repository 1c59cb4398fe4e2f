import { type Command, InvalidArgumentError, Option } from "commander";
import type { ResumeOption, UploadStreamOptions } from "../options.ts";
import { usageError } from "./command-error.ts";
import { addConnectionFlags, type ConnectionFlags, parseInteger } from "./connection-flags.ts";
import { addEncryptionFlags, type EncryptionFlags } from "./encryption-flags.ts";
import { parseSize } from "./sizes.ts";

/** The flags of an upload, as the parser leaves them. */
export interface UploadFlags extends ConnectionFlags, EncryptionFlags {
  readonly partSize?: number;
  readonly concurrency?: number;
  readonly memory?: number;
  readonly maxParts?: number;
  readonly expectSize?: number;
  readonly expectCrc64?: string;
  readonly expectMd5?: string;
  readonly storageClass?: string;
  readonly acl?: string;
  readonly contentType?: string;
  readonly cacheControl?: string;
  readonly contentDisposition?: string;
  readonly contentEncoding?: string;
  readonly meta?: ReadonlyMap<string, string>;
  readonly tag?: ReadonlyMap<string, string>;
  readonly forbidOverwrite?: true;
  readonly trafficLimit?: number;
  readonly singlePut?: true;
  readonly leaveParts?: true;
  readonly resume?: true;
  readonly uploadId?: string;
  /** Milliseconds. */
  readonly idleTimeout?: number;
  readonly json?: true;
}

export function addUploadFlags(command: Command): Command {
  const size = (flags: string, description: string): Option =>
    new Option(flags, description).argParser(sizeArgument);
  addConnectionFlags(command)
    .addOption(size("--part-size <size>", "size of the first part, such as 8MiB (default) or 16m"))
    .option("--concurrency <number>", "parts being sent at a time (default 4)", parseInteger)
    .addOption(size("--memory <size>", "most memory for part buffers (default 128MiB)"))
    .option("--max-parts <number>", "most parts (default 10000)", parseInteger)
    .addOption(size("--expect-size <size>", "exact length; any other fails, and no object is made"))
    .option("--expect-crc64 <decimal>", "CRC64 of the content; any other fails, and no object is made")
    .option(
      "--expect-md5 <digest>",
      "MD5 of the content, hex or base64; any other fails, and no object is made",
    )
    .option("--storage-class <class>", "such as STANDARD_IA or ARCHIVE")
    .option("--acl <acl>", "default, private or public-read")
    .option("--content-type <type>", "Content-Type stored with the object")
    .option("--cache-control <value>", "Cache-Control stored with the object")
    .option("--content-disposition <value>", "Content-Disposition stored with the object")
    .option("--content-encoding <value>", "Content-Encoding stored with the object")
    .option("--meta <name=value>", "metadata of the object; repeatable", pairArgument)
    .option("--tag <name=value>", "tag of the object; repeatable", pairArgument)
    .option("--forbid-overwrite", "fail when the object exists");
  return addEncryptionFlags(command)
    .option("--traffic-limit <bit/s>", "bits per second, for each part being sent", parseInteger)
    .option("--single-put", "send what fits one part as one request")
    .option("--leave-parts", "keep the uploaded parts when the upload fails")
    .option("--resume", "go on with the newest unfinished upload of this key: only what is missing is sent")
    .option("--upload-id <id>", "with --resume: go on with this upload, not the newest")
    .option("--idle-timeout <seconds>", "give up when the source says nothing for so long", secondsArgument)
    .option("--json", "one JSON object per line on standard output");
}

export function uploadOptions(flags: UploadFlags): Omit<UploadStreamOptions, "key"> {
  const { partSize, concurrency, memory, maxParts, storageClass, acl, trafficLimit } = flags;
  const { contentType, cacheControl, contentDisposition, contentEncoding } = flags;
  return {
    ...{ partSize, concurrency, memory, maxParts, storageClass, acl, trafficLimit },
    ...{ contentType, cacheControl, contentDisposition, contentEncoding },
    expectedSize: flags.expectSize,
    expectedCrc64: flags.expectCrc64,
    expectedMd5: flags.expectMd5,
    metadata: flags.meta && Object.fromEntries(flags.meta),
    tagging: flags.tag && Object.fromEntries(flags.tag),
    forbidOverwrite: flags.forbidOverwrite,
    singlePut: flags.singlePut,
    leavePartsOnError: flags.leaveParts,
    resume: resumeOption(flags),
    timeout: { idle: flags.idleTimeout },
  };
}

function resumeOption({ resume, uploadId }: UploadFlags): ResumeOption | undefined {
  if (uploadId !== undefined && !resume) throw usageError("--upload-id goes with --resume");
  if (!resume) return undefined;
  return uploadId === undefined ? "latest" : { uploadId };
}

function sizeArgument(text: string): number {
  const bytes = parseSize(text);
  if (bytes !== undefined) return bytes;
  throw new InvalidArgumentError("Expected bytes, or a size such as 8MiB, 16m or 1.5GiB.");
}

function secondsArgument(text: string): number {
  if (/^\d+(\.\d+)?$/.test(text) && Number(text) > 0) return Math.ceil(Number(text) * 1000);
  throw new InvalidArgumentError("Expected seconds, more than 0.");
}

function pairArgument(text: string, previous: ReadonlyMap<string, string> = new Map()): Map<string, string> {
  const at = text.indexOf("=");
  if (at < 1) throw new InvalidArgumentError("Expected name=value.");
  const name = text.slice(0, at);
  if (previous.has(name)) throw new InvalidArgumentError(`"${name}" is given twice.`);
  return new Map([...previous, [name, text.slice(at + 1)]]);
}
