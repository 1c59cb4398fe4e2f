import assert from "node:assert/strict";
import { setTimeout as sleep, setImmediate as turn } from "node:timers/promises";
import type { Emulator, Operation, ReceivedRequest } from "../../lib/emulator/index.ts";
import type { CosUploadError, UploadStream } from "../../lib/index.ts";

/** What a stream said from now on, in order. */
export interface Ending {
  /** `error`, `prefinish`, `finish`, `close` as they came. */
  readonly events: string[];
  readonly errors: (Error & { code?: string; uploadId?: string; outcome?: string })[];
  readonly warnings: CosUploadError[];
  /** After `close`, and a few turns of the event loop in which nothing more may be said. */
  readonly closed: Promise<void>;
  /** How `done` settled, and that it did. */
  readonly done: Promise<"resolved" | (Error & { code?: string; uploadId?: string; outcome?: string })>;
}

/** Listens to all that tells of a stream's end; its `error` is not unhandled then. */
export function recordEnding(upload: UploadStream): Ending {
  const ending: Omit<Ending, "closed" | "done"> = { events: [], errors: [], warnings: [] };
  for (const name of ["error", "prefinish", "finish", "close"])
    upload.on(name, () => ending.events.push(name));
  upload.on("error", (error: Error) => ending.errors.push(error));
  upload.on("warning", (warning) => ending.warnings.push(warning));
  const closed = new Promise<void>((resolve) => upload.once("close", () => resolve())).then(async () => {
    for (let turns = 0; turns < 5; turns++) await turn();
  });
  const done = upload.done.then(
    () => "resolved" as const,
    (error: Error) => error,
  );
  return { ...ending, closed, done };
}

/** The one error that a stream ended with, after which nothing but `close` came. */
export async function failure(ending: Ending): Promise<Ending["errors"][number]> {
  await ending.closed;
  assert.deepEqual(ending.events, ["error", "close"]);
  assert.equal(await ending.done, ending.errors[0], "done rejects with the error that was emitted");
  return ending.errors[0]!;
}

export async function success(ending: Ending): Promise<void> {
  await ending.closed;
  assert.deepEqual(ending.errors, []);
  assert.deepEqual(ending.events, ["prefinish", "finish", "close"]);
  assert.equal(await ending.done, "resolved");
}

/** Waits for a condition; the bound only keeps a test from hanging. */
export async function until(condition: () => boolean, what: string): Promise<void> {
  for (let waited = 0; !condition(); waited += 5) {
    assert.ok(waited < 20_000, `never happened: ${what}`);
    await sleep(5);
  }
}

/** Waits until an emulator has received so many requests of an operation, and returns them. */
export async function received(
  emulator: Emulator,
  operation: Operation,
  count = 1,
): Promise<readonly ReceivedRequest[]> {
  const found = (): ReceivedRequest[] => emulator.requests.filter((entry) => entry.operation === operation);
  await until(() => found().length >= count, `${count} × ${operation}`);
  return found();
}

/** How many requests of an operation an emulator received. */
export function count(emulator: Emulator, operation: Operation): number {
  return emulator.requests.filter((entry) => entry.operation === operation).length;
}
