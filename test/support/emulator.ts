import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { type Emulator, type EmulatorOptions, startEmulator } from "../../lib/emulator/index.ts";
import "./leaks.ts";

export { digestOf, storedBytes, storedDigest } from "./stored.ts";

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
