import type { UploadStreamOptions } from "../../../lib/index.ts";

/** Options that change which way an upload goes. */
export interface Variant {
  readonly options: Partial<UploadStreamOptions>;
  /** Into an upload that somebody else began: there is no Initiate, and its parts stay. */
  readonly begun?: boolean;
  /** Through a CosClient of the program's. */
  readonly shared?: boolean;
  /** Bytes of the stream, where it is short. */
  readonly size?: number;
  /** COS reads no part that it holds, so that they are cut in their middle. */
  readonly unread?: boolean;
}

export const plain: Variant = { options: {} };

export const variants: Readonly<Record<string, Variant>> = {
  "one part at a time, through a client": { shared: true, options: { concurrency: 1 } },
  "digested by a thread": { options: { digest: { worker: true } } },
  "whose parts are cut in their middle": { unread: true, options: {} },
  "leaving its parts": { options: { leavePartsOnError: true } },
  "with complete: false": { options: { complete: false } },
  "into an upload that is there": { begun: true, options: {} },
  "into an upload that is there, completing it": { begun: true, options: { complete: true } },
  "that might have fitted one Put Object": { options: { singlePut: true } },
};

/** A stream that fits one Put Object, which only its end tells. */
export const short: Variant = { options: { singlePut: true }, size: 100 };

export const leavesParts = ({ options, begun = false }: Variant): boolean =>
  options.leavePartsOnError ?? begun;

export const completes = ({ options, begun = false }: Variant): boolean => options.complete ?? !begun;
