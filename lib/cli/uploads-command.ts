import type { Command } from "commander";
import { boolean } from "../check/rules.ts";
import { CosClient } from "../cos-client.ts";
import { usageError } from "./command-error.ts";
import { CONNECTION_FLAGS, type ConnectionFlags, connectionOptions } from "./connection-flags.ts";
import { addFlags, type Flag, type Flags } from "./flags.ts";
import type { Run } from "./run.ts";
import { parseTargetUrl } from "./target-url.ts";

const json: Flag = { rule: boolean, help: "one JSON object per line on standard output" };
const LIST_FLAGS: Flags = { ...CONNECTION_FLAGS, json };

/** The flags of `uploads abort`. */
export const ABORT_FLAGS: Flags = {
  ...CONNECTION_FLAGS,
  uploadId: { argument: "id", help: "abort this upload" },
  all: { rule: boolean, help: "abort all unfinished uploads of exactly this key" },
  json,
};

interface ListFlags extends ConnectionFlags {
  readonly json?: true;
}

interface AbortFlags extends ListFlags {
  readonly uploadId?: string;
  readonly all?: true;
}

/** `cos-upload uploads list|abort`: the unfinished uploads of a bucket. */
export function addUploadsCommand(program: Command, run: Run): void {
  const uploads = program
    .command("uploads")
    .description("list or abort unfinished uploads")
    .helpCommand(false);
  addFlags(uploads.command("list").description("list unfinished uploads, one per line"), LIST_FLAGS)
    .argument("<url>", "cos://bucket, or cos://bucket/prefix for keys that begin with it")
    .action((url: string, flags: ListFlags) => list(url, flags, run));
  addFlags(uploads.command("abort").description("abort unfinished uploads of one key"), ABORT_FLAGS)
    .argument("<url>", "cos://bucket/key, the key taken as it is")
    .action((url: string, flags: AbortFlags) => abort(url, flags, run));
}

async function list(url: string, flags: ListFlags, { output, signals: { signal } }: Run): Promise<void> {
  const { bucket, key: prefix } = parseTargetUrl(url);
  const client = new CosClient(connectionOptions(bucket, flags));
  try {
    for await (const upload of client.listMultipartUploads({ prefix, signal })) {
      if (output.readerLeft) return;
      const { initiated, uploadId, key } = upload;
      if (flags.json) output.json(upload);
      // The key comes last, as it may hold anything; a line break in it must not look like another upload.
      else output.print(`${initiated}\t${uploadId}\t${isPlain(key) ? key : JSON.stringify(key)}`);
    }
  } finally {
    await client.close();
  }
}

async function abort(url: string, flags: AbortFlags, { output, signals: { signal } }: Run): Promise<void> {
  const { bucket, key } = parseTargetUrl(url);
  const { uploadId, all, json } = flags;
  if (!key) throw usageError(`${JSON.stringify(url)} names no key, as cos://bucket/key would`);
  if ((uploadId === undefined) === (all === undefined)) {
    throw usageError("say which: --upload-id ID for one upload, or --all for all of exactly this key");
  }
  const client = new CosClient(connectionOptions(bucket, flags));
  try {
    const ids = uploadId === undefined ? await uploadsOfKey(client, key, signal) : [uploadId];
    for (const id of ids) {
      await client.abortMultipartUpload({ key, uploadId: id, signal });
      if (json) output.json({ event: "abort", key, uploadId: id });
      else output.print(`aborted ${id}`);
    }
    if (ids.length === 0) output.tell(`there are no unfinished uploads of ${JSON.stringify(key)}`);
  } finally {
    await client.close();
  }
}

/** COS lists by prefix, which matches longer keys too: theirs are not ours to abort. */
async function uploadsOfKey(client: CosClient, key: string, signal: AbortSignal): Promise<string[]> {
  const ids: string[] = [];
  for await (const upload of client.listMultipartUploads({ prefix: key, signal })) {
    if (upload.key === key) ids.push(upload.uploadId);
  }
  return ids;
}

function isPlain(key: string): boolean {
  return !/[\p{Cc}"\\]/u.test(key);
}
