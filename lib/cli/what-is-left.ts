import type { Outcome } from "../errors.ts";
import { type ConnectionFlags, connectionArguments } from "./connection-flags.ts";

/** What a failed upload is known to have come to. */
export interface FailedUpload {
  /** For the commands that the sentence suggests. */
  readonly bucket: string;
  readonly key: string;
  /** The flags that reach the bucket, as they were given. */
  readonly connection: ConnectionFlags;
  readonly uploadId: string | undefined;
  /** Whether its parts were to stay. */
  readonly leaveParts: boolean;
  /** Whether the upload could not be aborted. */
  readonly abortFailed: boolean;
  /** Whether an upload may have been begun without telling its id. */
  readonly beginLost: boolean;
  /** What became of the object, if COS was making it. */
  readonly outcome: Outcome | undefined;
}

export interface WhatIsLeft {
  readonly left: "nothing" | "upload" | "object" | "unknown";
  readonly sentence: string;
}

/** Says what a failed upload leaves in the bucket, and how to get rid of it. */
export function whatIsLeft(failed: FailedUpload): WhatIsLeft {
  const { bucket, key, uploadId, outcome } = failed;
  const flags = connectionArguments(failed.connection).map(quote).join(" ");
  const target = quote(`cos://${bucket}/${key}`);
  if (outcome === "completed") return { left: "object", sentence: "the object was made all the same" };
  const abort = `cos-upload uploads abort ${target} --upload-id ${uploadId} ${flags}`;
  if (outcome === "unknown") {
    const more = uploadId === undefined ? "" : `; if it was not, remove upload ${uploadId} with: ${abort}`;
    return { left: "unknown", sentence: `the object may have been made; look for it${more}` };
  }
  if (failed.abortFailed) {
    return { left: "upload", sentence: `upload ${uploadId} could not be aborted; remove it with: ${abort}` };
  }
  if (failed.leaveParts && uploadId !== undefined) {
    return {
      left: "upload",
      sentence: `upload ${uploadId} is left with its parts; continue it with --resume, or remove it with: ${abort}`,
    };
  }
  if (failed.beginLost) {
    const list = `cos-upload uploads list ${target} ${flags}`;
    return { left: "unknown", sentence: `an upload whose id is not known may be left; look with: ${list}` };
  }
  return { left: "nothing", sentence: "nothing is left in the bucket" };
}

/** For a POSIX shell, so that the line can be pasted. */
function quote(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
