import { open } from "node:fs/promises";
import { InvalidArgumentError } from "commander";
import { oneOf, string } from "../check/rules.ts";
import { strings } from "../check/table.ts";
import type { ServerSideEncryption } from "../cos/parameters/encryption.ts";
import { CommandError, usageError } from "./command-error.ts";
import { type Flags, flagFor } from "./flags.ts";
import { describeFileError } from "./source.ts";

/** Names are not empty; the library checks the rest. */
const name = string();

/** The flags about encryption by COS. */
export const ENCRYPTION_FLAGS: Flags = {
  serverSideEncryption: {
    ...{ as: "sse", argument: "type", rule: oneOf("SSE-COS", "SSE-KMS", "SSE-C") },
    help: "encryption by COS",
  },
  "serverSideEncryption.keyId": { as: "sse-kms-key-id", argument: "id", rule: name, help: "key for SSE-KMS" },
  "serverSideEncryption.context": {
    ...{ as: "sse-kms-context", argument: "json", rule: strings, read: readContext },
    help: "encryption context for SSE-KMS, an object of strings",
  },
  "serverSideEncryption.key": {
    ...{ as: "sse-c-key-file", argument: "path", rule: name },
    help: "file with the key for SSE-C: 32 bytes, raw, hex or base64",
  },
};

/** Which type each of them goes with. */
const TYPE_OF = {
  "serverSideEncryption.keyId": "SSE-KMS",
  "serverSideEncryption.context": "SSE-KMS",
  "serverSideEncryption.key": "SSE-C",
} as const;

/** Their values. */
export interface EncryptionFlags {
  readonly serverSideEncryption?: ServerSideEncryption["type"];
  readonly "serverSideEncryption.keyId"?: string;
  readonly "serverSideEncryption.context"?: Readonly<Record<string, string>>;
  readonly "serverSideEncryption.key"?: string;
}

/** Longer than any form a key may have in its file, so that a wrong file is never read whole. */
const KEY_FILE_BYTES = 256;

/** What the flags ask for. The key of SSE-C comes from a file: arguments are visible to every user of the machine. */
export async function encryptionOf(flags: EncryptionFlags): Promise<ServerSideEncryption | undefined> {
  const { serverSideEncryption: type } = flags;
  for (const [option, needed] of Object.entries(TYPE_OF) as [keyof typeof TYPE_OF, string][]) {
    if (flags[option] === undefined || type === needed) continue;
    throw usageError(`${flagFor(option, ENCRYPTION_FLAGS)} goes with --sse ${needed} only`);
  }
  if (type !== "SSE-C") {
    const { "serverSideEncryption.keyId": keyId, "serverSideEncryption.context": context } = flags;
    const others = { ...(keyId !== undefined && { keyId }), ...(context !== undefined && { context }) };
    return type && { type, ...others };
  }
  const { "serverSideEncryption.key": path } = flags;
  if (path === undefined) throw usageError("--sse SSE-C needs --sse-c-key-file");
  return { type, key: await readKey(path) };
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

function readContext(text: string): unknown {
  try {
    return strings.check("--sse-kms-context", JSON.parse(text));
  } catch {
    throw new InvalidArgumentError('Expected a JSON object of strings, such as {"project":"backup"}.');
  }
}
