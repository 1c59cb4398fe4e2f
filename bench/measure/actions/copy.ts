import { Meter } from "../meter.ts";
import { Source } from "../source.ts";
import type { Action } from "./action.ts";

const MIB = 1024 * 1024;
/** As many parts, of as many bytes, as an upload with defaults holds. */
const PARTS = 5;
const PART_SIZE = 8 * MIB;

/** What no upload that holds parts can do without: each byte copied once, from the source's chunks into parts. */
export const copy: Action = async ({ size = 0, chunkSize = 64 * 1024 }) => {
  const source = new Source({ size, chunkSize });
  const memory = Buffer.alloc(PARTS * PART_SIZE, 1);
  const meter = new Meter();
  for (let offset = 0; offset < size; offset += chunkSize) {
    source.chunk(offset).copy(memory, offset % memory.length);
  }
  return { ...meter.read(), bytes: size };
};
