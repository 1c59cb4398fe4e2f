import type { PartReceipt, Progress, RetryEvent, UploadResult } from "../../events.ts";
import type { UploadStream } from "../../upload-stream.ts";

/** A failed upload, told. */
export interface Failure {
  /** One sentence, with what is left in the bucket. */
  readonly sentence: string;
  /** The same for machines. */
  readonly fields: Readonly<Record<string, unknown>>;
}

/** Tells how an upload goes, to people or to machines. */
export interface Report {
  initiate(event: { readonly uploadId: string; readonly resumed: boolean }): void;
  part(receipt: PartReceipt): void;
  progress(progress: Progress): void;
  retry(retry: RetryEvent): void;
  warning(warning: Error): void;
  /** Something to know while the upload goes on. */
  note(sentence: string): void;
  result(result: UploadResult): void;
  error(failure: Failure): void;
}

export function follow(upload: UploadStream, report: Report): void {
  upload.on("initiate", (event) => report.initiate(event));
  upload.on("part", (receipt) => report.part(receipt));
  upload.on("progress", (progress) => report.progress(progress));
  upload.on("retry", (retry) => report.retry(retry));
  upload.on("warning", (warning) => report.warning(warning));
}
