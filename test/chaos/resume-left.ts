import type { Emulator } from "../../lib/emulator/index.ts";
import type { CosClient } from "../../lib/index.ts";
import { digestOf, storedDigest } from "../support/stored.ts";
import type { Breach } from "./judge.ts";
import type { Performed } from "./perform-upload.ts";
import { encryptionOf } from "./upload-options.ts";

/** What resuming came to. */
export interface Resumed {
  /** Whether there was something to resume. */
  readonly tried: boolean;
  readonly broken: readonly Breach[];
}

/**
 * Goes on with the upload that an upload left unfinished, straight to the server and with other options: it must become the whole
 * object of what the source has now, and nothing may be sent that was there.
 */
export async function resumeLeft(
  emulator: Emulator,
  direct: CosClient,
  { key, bytes, plan }: Performed,
): Promise<Resumed> {
  const left = emulator.uploads().filter((upload) => upload.key === key);
  if (left.length === 0 || bytes.length === 0) return { tried: false, broken: [] };
  const before = new Map(
    left.map(({ uploadId, parts }) => [uploadId, new Map(parts.map((part) => [part.partNumber, part]))]),
  );
  const broken: Breach[] = [];
  const encryption = encryptionOf(plan);
  const upload = direct.createUploadStream({
    key,
    resume: "latest",
    ...(encryption !== undefined && { serverSideEncryption: encryption }),
  });
  const now = changedAtTimes(bytes, plan.contentSeed);
  upload.end(now);
  try {
    const { uploadId, parts } = await upload.done;
    const stored = before.get(uploadId!) ?? new Map();
    const again = parts.filter(({ partNumber, skipped, etag, size }) => {
      const part = stored.get(partNumber);
      return !skipped && part?.size === size && `"${part.etag}"` === etag;
    });
    // One part alone may be the end of a stream that is longer now: which it was decides whether it is cut so again.
    if (again.length > 0 && stored.size > 1) {
      const numbers = again.map(({ partNumber }) => partNumber);
      broken.push({ kind: "ending", what: `parts ${numbers} were there and were sent again` });
    }
    if ((await storedDigest(emulator, key)) !== digestOf(now)) {
      broken.push({ kind: "lost bytes", what: "resumed, and another object", bytes: now.length });
    }
  } catch (error) {
    broken.push({ kind: "ending", what: `could not be resumed: ${String(error)}` });
  }
  return { tried: true, broken };
}

/** Every other source has a byte that is another now. */
function changedAtTimes(bytes: Buffer, seed: number): Buffer {
  const changed = Buffer.from(bytes);
  if (seed % 2 === 1) changed[seed % bytes.length]! ^= 1;
  return changed;
}
