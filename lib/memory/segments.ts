import { MIB } from "../limits.ts";

/**
 * Parts are made of segments of this many bytes (the last one of a part may be shorter). One MiB is COS's smallest
 * part: parts of any size reuse the same segments, a short stream holds what it uses, and no buffer is ever larger than
 * Node can allocate or write at once.
 */
export const SEGMENT_SIZE: number = MIB;

/** Where segments come from. */
export interface SegmentSource {
  /** A segment of `size` bytes with undefined content, or `undefined` when there is no room now. */
  acquire(size: number): Uint8Array | undefined;
}

/** Memory without a bound, for those who pass their parts on: each segment is new and belongs to whoever gets it. */
export const unboundedSegments: SegmentSource = {
  acquire: (size) => Buffer.allocUnsafeSlow(size),
};
