import { kernels } from "../kernels/index.ts";
import { Meter } from "../meter.ts";
import { createPool } from "../source.ts";
import type { Action } from "./action.ts";

const MIB = 1024 * 1024;
const LANES = 4;
/** As parts are. */
const LANE_SIZE = 8 * MIB;

/** Digests of four parts that are in memory already, again and again, by one kernel on one core. */
export const kernel: Action = async ({ subjects: [name = ""] = [], size = 0, warmUp = 0 }) => {
  const create = kernels[name];
  if (create === undefined) throw new Error(`no such kernel: ${name}`);
  const digest = await create(createPool(LANES * LANE_SIZE), LANES);
  const digestAll = (bytes: number): void => {
    for (let done = 0; done < bytes; done += LANES * LANE_SIZE) digest();
  };
  digestAll(warmUp);
  const meter = new Meter();
  digestAll(size);
  return { ...meter.read(), bytes: size };
};
