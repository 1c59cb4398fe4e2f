import type { Writable } from "node:stream";
import type { Order } from "../measure/plan.ts";
import type { Source } from "../measure/source.ts";

/** What every client is measured through. */
export interface Uploader {
  /** Stores one object; resolves when the client says that it is stored. Answers the most part memory it used, if it can tell. */
  upload(key: string, source: Source, onChunk?: (length: number) => void): Promise<UploadNotes | undefined>;
  /** Stores a small object in one request. */
  put?(key: string, bytes: Buffer): Promise<void>;
  /** A stream that is written to directly, and a promise of its end. */
  open?(key: string): { readonly stream: Writable; readonly done: Promise<unknown> };
  close(): Promise<void>;
}

export interface UploadNotes {
  /** Most bytes of part memory in use. */
  readonly partMemory: number;
}

/** Makes ready everything that is not the upload itself. */
export type Connect = (order: Order) => Uploader;
