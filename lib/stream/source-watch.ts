import type { EventEmitter } from "node:events";
import type { Writable } from "node:stream";
import { CosUploadError, errorOf } from "../errors.ts";

/** What can be seen of a stream that is piped into another, of whatever make it is. */
interface Source extends EventEmitter {
  readonly destroyed?: boolean;
  readonly readableEnded?: boolean;
}

/** A source, and how often it is piped: each `pipe` gives the destination every chunk once more. */
interface Watch {
  pipes: number;
  readonly stop: () => void;
}

/**
 * Tells when a piped source dies before its end. Node's `pipe` does nothing about that: the destination would wait for ever,
 * or, ended by hand, store half a stream.
 *
 * Listens to a source from its first `pipe` until its end, its last `unpipe` or the destination's close, and leaves nothing behind on it.
 */
export function watchSources(destination: Writable, onDeath: (error: CosUploadError) => void): void {
  const watches = new Map<Source, Watch>();

  const forget = (source: Source): void => {
    watches.get(source)?.stop();
    watches.delete(source);
  };

  const watch = (source: Source): Watch => {
    const onError = (error: unknown): void => onDeath(sourceFailed(error));
    const onClose = (): void => {
      forget(source);
      onDeath(closedEarly());
    };
    const onEnd = (): void => forget(source);
    source.on("error", onError);
    source.on("close", onClose);
    source.on("end", onEnd);
    const stop = (): void => {
      source.removeListener("error", onError);
      source.removeListener("close", onClose);
      source.removeListener("end", onEnd);
    };
    return { pipes: 1, stop };
  };

  destination.on("pipe", (source: Source) => {
    const known = watches.get(source);
    if (known !== undefined) {
      known.pipes += 1;
      return;
    }
    watches.set(source, watch(source));
    if (source.destroyed !== true || source.readableEnded === true) return;
    forget(source);
    onDeath(closedEarly());
  });
  destination.on("unpipe", (source: Source) => {
    const known = watches.get(source);
    if (known === undefined) return;
    known.pipes -= 1;
    if (known.pipes === 0) forget(source);
  });
  // An old-style stream says nothing when it is let go.
  destination.on("close", () => {
    for (const source of watches.keys()) forget(source);
  });
}

function sourceFailed(error: unknown): CosUploadError {
  const cause = errorOf(error);
  const message = `The stream that was piped into the upload failed: ${cause.message}`;
  return new CosUploadError("ERR_COS_SOURCE", message, { cause });
}

function closedEarly(): CosUploadError {
  return new CosUploadError(
    "ERR_STREAM_PREMATURE_CLOSE",
    "The stream that was piped into the upload was closed before its end; nothing was completed",
  );
}
