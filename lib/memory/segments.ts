import { MIB } from "../limits.ts";

/** Where the memory of parts comes from. */
export interface SegmentSource {
  /**
   * A segment with undefined content, of at most `size` bytes. If it is shorter, its size is a multiple of 64. `undefined` if there is no
   * memory now.
   */
  acquire(size: number): Uint8Array | undefined;
}

/** Memory without a limit, for parts that are passed on: each segment is new, and belongs to the code that gets it. */
export const unboundedSegments: SegmentSource = {
  acquire: (size) => Buffer.allocUnsafeSlow(Math.min(size, MIB)),
};
