import { MIB } from "../limits.ts";

/** Where the memory of parts comes from. */
export interface SegmentSource {
  /**
   * A segment with undefined content, of at most `size` bytes and as many whole blocks of 64 as it can have of them; `undefined`
   * when there is no room now.
   */
  acquire(size: number): Uint8Array | undefined;
}

/** Memory without a bound, for those who pass their parts on: each segment is new and belongs to whoever gets it. */
export const unboundedSegments: SegmentSource = {
  acquire: (size) => Buffer.allocUnsafeSlow(Math.min(size, MIB)),
};
