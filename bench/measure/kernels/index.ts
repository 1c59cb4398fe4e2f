import { crc64Package } from "./crc64-package.ts";
import { md5OfNode } from "./md5-of-node.ts";

/** Makes ready to digest these bytes: as one run, or as so many of equal length, as the digest does. */
export type CreateKernel = (bytes: Buffer, lanes: number) => Promise<() => void>;

/** Kernels by their names in tables. */
export const kernels: Readonly<Record<string, CreateKernel>> = {
  "crc64-ecma182.js": crc64Package,
  "node:crypto MD5": md5OfNode,
};
