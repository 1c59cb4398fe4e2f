import type { CosUploadError } from "../errors.ts";
import type { PartReceipt, Progress, RetryEvent } from "../events.ts";

/** Who hears of what happens. */
export interface UploadListener {
  initiated(uploadId: string, resumed: boolean): void;
  partConfirmed(receipt: PartReceipt): void;
  progressed(progress: Progress): void;
  retrying(retry: RetryEvent): void;
  warned(warning: CosUploadError): void;
  /** A request failed for good. The upload is still to be cancelled. */
  failed(error: unknown): void;
}
