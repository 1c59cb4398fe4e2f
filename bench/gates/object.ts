import { createHash } from "node:crypto";
import type { Fault } from "../measure/plan.ts";
import { Source } from "../measure/source.ts";

/** What gates send: several parts, and a last one of an odd size. */
export const OBJECT: { readonly size: number; readonly chunkSize: number } = {
  size: 24 * 1024 * 1024 + 12_345,
  chunkSize: 64 * 1024,
};

/** SHA-256 of the bytes that are to arrive, or of what a fault makes of them. */
export function digestOfSource(fault?: Fault): Promise<string> {
  return digestOf(new Source({ ...OBJECT, fault }).read());
}

export async function digestOf(bytes: AsyncIterable<unknown>): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of bytes) hash.update(chunk as Buffer);
  return hash.digest("hex");
}
