import { open } from "node:fs/promises";
import { type Command, InvalidArgumentError, Option } from "commander";
import type { ServerSideEncryption } from "../cos/parameters/encryption.ts";
import { CommandError, usageError } from "./command-error.ts";
import { describeFileError } from "./source.ts";

/** The flags about encryption by COS. */
export interface EncryptionFlags {
  readonly sse?: "SSE-COS" | "SSE-KMS" | "SSE-C";
  readonly sseKmsKeyId?: string;
  readonly sseKmsContext?: Readonly<Record<string, string>>;
  readonly sseCKeyFile?: string;
}

/** Longer than any form a key may have in its file, so that a wrong file is never read whole. */
const KEY_FILE_BYTES = 256;

export function addEncryptionFlags(command: Command): Command {
  return command
    .addOption(
      new Option("--sse <type>", "encryption by COS").choices(["SSE-COS", "SSE-KMS", "SSE-C"] as const),
    )
    .option("--sse-kms-key-id <id>", "key for SSE-KMS")
    .option(
      "--sse-kms-context <json>",
      "encryption context for SSE-KMS, an object of strings",
      contextArgument,
    )
    .option("--sse-c-key-file <path>", "file with the key for SSE-C: 32 bytes, raw, hex or base64");
}

/** What the flags ask for. The key of SSE-C comes from a file: arguments are visible to every user of the machine. */
export async function encryptionOf(flags: EncryptionFlags): Promise<ServerSideEncryption | undefined> {
  const { sse, sseKmsKeyId, sseKmsContext, sseCKeyFile } = flags;
  if (sse !== "SSE-KMS" && sseKmsKeyId !== undefined) {
    throw usageError("--sse-kms-key-id goes with --sse SSE-KMS only");
  }
  if (sse !== "SSE-KMS" && sseKmsContext !== undefined) {
    throw usageError("--sse-kms-context goes with --sse SSE-KMS only");
  }
  if (sse !== "SSE-C" && sseCKeyFile !== undefined) {
    throw usageError("--sse-c-key-file goes with --sse SSE-C only");
  }
  switch (sse) {
    case undefined:
      return undefined;
    case "SSE-COS":
      return { type: sse };
    case "SSE-KMS":
      return {
        type: sse,
        ...(sseKmsKeyId !== undefined && { keyId: sseKmsKeyId }),
        ...(sseKmsContext !== undefined && { context: sseKmsContext }),
      };
    case "SSE-C":
      if (sseCKeyFile === undefined) throw usageError("--sse SSE-C needs --sse-c-key-file");
      return { type: sse, key: await readKey(sseCKeyFile) };
  }
}

async function readKey(path: string): Promise<Uint8Array> {
  const bytes = await readStart(path);
  if (bytes.byteLength === 32) return bytes;
  const text = bytes.toString("latin1").trim();
  if (/^[\da-f]{64}$/i.test(text)) return Buffer.from(text, "hex");
  if (/^[A-Za-z\d+/]{43}=$/.test(text)) return Buffer.from(text, "base64");
  throw usageError(`${path} holds no SSE-C key: expected 32 raw bytes, 64 hex digits or base64 of 32 bytes`);
}

async function readStart(path: string): Promise<Buffer> {
  try {
    await using file = await open(path);
    const buffer = Buffer.alloc(KEY_FILE_BYTES);
    let length = 0;
    for (;;) {
      const { bytesRead } = await file.read(buffer, length, buffer.byteLength - length);
      length += bytesRead;
      if (bytesRead === 0 || length === buffer.byteLength) return buffer.subarray(0, length);
    }
  } catch (error) {
    throw new CommandError(describeFileError(path, error), undefined, error);
  }
}

function contextArgument(text: string): Record<string, string> {
  try {
    const value: unknown = JSON.parse(text);
    const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
    if (isObject && Object.values(value).every((entry) => typeof entry === "string")) {
      return value as Record<string, string>;
    }
  } catch {
    // Told below.
  }
  throw new InvalidArgumentError('Expected a JSON object of strings, such as {"project":"backup"}.');
}
