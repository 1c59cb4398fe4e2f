import { createHash } from "node:crypto";
import type { Emulator } from "../../lib/emulator/index.ts";

/** SHA-256 of an object's bytes as the emulator has them on disk; undefined when there is no such object. */
export async function storedDigest(emulator: Emulator, key: string): Promise<string | undefined> {
  const object = emulator.object(key);
  if (object === undefined) return undefined;
  const hash = createHash("sha256");
  for await (const chunk of object.createReadStream()) hash.update(chunk as Uint8Array);
  return hash.digest("hex");
}

/** An object's bytes as the emulator has them on disk; undefined when there is no such object. */
export async function storedBytes(emulator: Emulator, key: string): Promise<Buffer | undefined> {
  const chunks = await emulator.object(key)?.createReadStream().toArray();
  return chunks && Buffer.concat(chunks as Uint8Array[]);
}

export function digestOf(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
