import { createHash } from "node:crypto";
import type { CreateKernel } from "../plan.ts";

/** One part after another. */
export const md5OfNode: CreateKernel = async (bytes, lanes) => {
  const length = bytes.length / lanes;
  const parts = Array.from({ length: lanes }, (_, lane) =>
    bytes.subarray(lane * length, (lane + 1) * length),
  );
  return () => {
    for (const part of parts) createHash("md5").update(part).digest();
  };
};
