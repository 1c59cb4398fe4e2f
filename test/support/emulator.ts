import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import type { TestContext } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { type Emulator, type EmulatorOptions, startEmulator } from "../../lib/emulator/index.ts";
import "./leaks.ts";

export interface UseEmulatorOptions extends EmulatorOptions {
  /** Uploads that the test leaves unfinished on purpose. Default 0: an orphan fails the test. */
  readonly orphans?: number;
}

/** An emulator of the test's own; it is closed with the test, which fails when uploads are left in it. */
export async function useEmulator(t: TestContext, options: UseEmulatorOptions = {}): Promise<Emulator> {
  const { orphans = 0, ...rest } = options;
  const emulator = await startEmulator({ port: 0, ...rest });
  t.after(async () => {
    // A pipeline rejects before the upload it destroyed is closed: what is being cleaned up is no orphan yet.
    for (let turn = 0; turn < 200 && emulator.uploads().length > orphans; turn++) await sleep(20);
    const left = emulator.uploads().length;
    await emulator.close();
    assert.equal(left, orphans, "unfinished uploads left in the bucket");
  });
  return emulator;
}

/** The operations that an emulator received, in order. */
export function operations(emulator: Emulator): string[] {
  return emulator.requests.map(({ operation }) => operation);
}

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
