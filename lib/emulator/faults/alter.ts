import { randomBytes } from "node:crypto";
import type { Fault } from "./fault.ts";

/** The ETag to answer with, without quotes. */
export function alterEtag(fault: Fault | undefined, etag: string): string | undefined {
  if (fault?.kind === "no-etag") return undefined;
  if (fault?.kind !== "wrong-etag") return etag;
  return randomBytes(16).toString("hex") + etag.slice(32);
}

/** The CRC64 to answer with. */
export function alterCrc64(fault: Fault | undefined, crc64: string): string | undefined {
  if (fault?.kind === "no-crc64") return undefined;
  return fault?.kind === "wrong-crc64" ? (BigInt(crc64) ^ 1n).toString() : crc64;
}
