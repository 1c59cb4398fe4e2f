import { crc64 } from "crc64-ecma182.js";
import type { CreateKernel } from "../plan.ts";

/** As large as its heap takes. */
const RUN = 256 * 1024;

export const crc64Package: CreateKernel = async (bytes) => () => {
  let crc = "0";
  for (let start = 0; start < bytes.length; start += RUN)
    crc = crc64(bytes.subarray(start, start + RUN), crc);
};
