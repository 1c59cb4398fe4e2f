import type { EventEmitter } from "node:events";
import type { Writable } from "node:stream";
import { CosUploadError } from "../errors.ts";

/** What can be seen of a stream that is piped into another, of whatever make it is. */
interface Source extends EventEmitter {
  readonly destroyed?: boolean;
  readonly readableEnded?: boolean;
}

/**
 * Tells when a piped source dies before its end. Node's `pipe` does nothing about that: the destination would wait for ever,
 * or, ended by hand, store half a stream.
 *
 * Listens to a source from its `pipe` until its end or its `unpipe`, and leaves nothing behind on it.
 */
export function watchSources(destination: Writable, onDeath: (error: CosUploadError) => void): void {
  const watched = new Map<Source, () => void>();

  const forget = (source: Source): void => {
    watched.get(source)?.();
    watched.delete(source);
  };

  destination.on("pipe", (piped) => {
    const source = piped as Source;
    const onError = (error: Error): void => onDeath(sourceFailed(error));
    const onClose = (): void => {
      forget(source);
      onDeath(closedEarly());
    };
    const onEnd = (): void => forget(source);
    watched.set(source, () => {
      source.removeListener("error", onError);
      source.removeListener("close", onClose);
      source.removeListener("end", onEnd);
    });
    source.on("error", onError);
    source.on("close", onClose);
    source.on("end", onEnd);
    if (source.destroyed === true && source.readableEnded !== true) onClose();
  });
  destination.on("unpipe", forget);
}

function sourceFailed(cause: Error): CosUploadError {
  return new CosUploadError(
    "ERR_COS_SOURCE",
    `The stream that was piped into the upload failed: ${cause.message}`,
    {
      cause,
    },
  );
}

function closedEarly(): CosUploadError {
  return new CosUploadError(
    "ERR_STREAM_PREMATURE_CLOSE",
    "The stream that was piped into the upload was closed before its end; nothing was completed",
  );
}
