import type { EventEmitter } from "node:events";
import type { Writable } from "node:stream";
import { CosUploadError, errorOf } from "../errors.ts";

/** What can be seen of a stream that is piped into another, of whatever make it is. */
interface Source extends EventEmitter {
  readonly destroyed?: boolean;
  readonly readableEnded?: boolean;
  /** Of a busboy file: there was more than `limits.fileSize`. */
  readonly truncated?: boolean;
  /** Of an `IncomingMessage`: all of the message was received. */
  readonly complete?: boolean;
  /** Of a message or an HTTP/2 stream: the other side broke it off. */
  readonly aborted?: boolean;
}

/** A source, and how often it is piped: each `pipe` gives the destination every chunk once more. */
interface Watch {
  pipes: number;
  readonly stop: () => void;
}

/** What is done about a source. */
export interface SourceHandlers {
  /** It fails, or is closed before its end. A destination that was ended by hand meanwhile does not need it any more. */
  readonly onDeath: (error: CosUploadError) => void;
  /** It ends like a whole one, and says of itself that it is not: nothing that came from it may be completed. */
  readonly onPartial: (error: CosUploadError) => void;
}

/**
 * Tells when a piped source is not whole. Node's `pipe` does nothing about a source that dies: the destination would wait for ever,
 * or, ended by hand, store half a stream. And sources that are cut at a limit end like whole ones.
 *
 * Listens to a source from its first `pipe` until its end, its last `unpipe` or the destination's close, and leaves nothing behind on it.
 */
export function watchSources(destination: Writable, { onDeath, onPartial }: SourceHandlers): void {
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
    const onEnd = (): void => {
      forget(source);
      if (isPartial(source)) onPartial(truncated());
    };
    // Some set `truncated` only after this event.
    const onLimit = (): void => {
      if ("truncated" in source) onPartial(truncated());
    };
    source.on("error", onError);
    source.on("close", onClose);
    source.on("limit", onLimit);
    // Before `pipe` ends the destination.
    source.prependListener("end", onEnd);
    const stop = (): void => {
      source.removeListener("error", onError);
      source.removeListener("close", onClose);
      source.removeListener("limit", onLimit);
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
    if (source.readableEnded === true) return onPartial(consumed());
    if (source.destroyed === true) return onDeath(closedEarly());
    watches.set(source, watch(source));
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

function isPartial({ truncated, complete, aborted }: Source): boolean {
  return truncated === true || complete === false || aborted === true;
}

function truncated(): CosUploadError {
  return new CosUploadError(
    "ERR_COS_SOURCE_TRUNCATED",
    "The stream that was piped into the upload says that it is not whole: a limit cut it, or its sender broke it off. Nothing was " +
      "completed; answer a form with 413, or raise the limit of the parser",
  );
}

function consumed(): CosUploadError {
  return new CosUploadError(
    "ERR_COS_SOURCE_CONSUMED",
    "The stream that was piped into the upload had been read to its end before: nothing is left of it. Pipe it first, without a " +
      "body parser such as express.raw() in front of it",
  );
}

function closedEarly(): CosUploadError {
  return new CosUploadError(
    "ERR_STREAM_PREMATURE_CLOSE",
    "The stream that was piped into the upload was closed before its end; nothing was completed",
  );
}
