import { createHash } from "node:crypto";
import { crc64 } from "./crc64.ts";
import type { Digester } from "./digester.ts";

/** Hashes on the thread that calls it, with `node:crypto` and `crc64-ecma182.js`. */
export function createInlineDigester(): Digester {
  const md5 = createHash("md5");
  let crc = "0";
  return {
    update(bytes) {
      md5.update(bytes);
      crc = crc64(bytes, crc);
    },
    digest: () => ({ md5: md5.digest("base64"), crc64: crc }),
  };
}
