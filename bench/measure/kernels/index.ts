import type { CreateKernel } from "../plan.ts";
import { crc64Package } from "./crc64-package.ts";
import { md5OfNode } from "./md5-of-node.ts";

/** By its address, as clients are: a process loads nothing that it does not measure. */
async function own(name: "crc64Kernel" | "md5Kernel"): Promise<CreateKernel> {
  const path = new URL("../../clients/kernels.js", import.meta.url).href;
  return ((await import(path)) as Record<typeof name, CreateKernel>)[name];
}

/** Kernels by their names in tables. */
export const kernels: Readonly<Record<string, CreateKernel>> = {
  "CRC64 kernel": async (...args) => (await own("crc64Kernel"))(...args),
  "crc64-ecma182.js": crc64Package,
  "MD5 kernel, four lanes": async (...args) => (await own("md5Kernel"))(...args),
  "node:crypto MD5": md5OfNode,
};
