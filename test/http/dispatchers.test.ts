import assert from "node:assert/strict";
import { test } from "node:test";
import { Agent } from "undici";
import { createUploadStream } from "../../lib/index.ts";
import { MIB, seededBytes } from "../support/bytes.ts";
import { digestOf, storedDigest, useEmulator } from "../support/emulator.ts";

const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
/** What its `engines` ask for. */
const runsUndici8 = major > 22 || (major === 22 && minor >= 19);

const dispatchers: Readonly<Record<number, () => Promise<Agent>>> = {
  7: async () => new Agent(),
  8: async () => new (await import("undici-8")).Agent() as unknown as Agent,
};

for (const [version, create] of Object.entries(dispatchers)) {
  const skip = version === "8" && !runsUndici8;
  test(`a dispatcher of undici ${version} sends the requests, and stays open`, { skip }, async (t) => {
    const emulator = await useEmulator(t);
    const dispatcher = await create();
    const origins = new Set<string>();
    dispatcher.on("connect", (origin) => origins.add(origin.origin));
    const bytes = seededBytes(5 * MIB + 7);
    const upload = createUploadStream({ ...emulator.target, key: "object", partSize: MIB, dispatcher });
    upload.end(bytes);
    await upload.done;
    assert.equal(await storedDigest(emulator, "object"), digestOf(bytes));
    assert.deepEqual([...origins], [emulator.url]);
    assert.equal(dispatcher.closed, false);
    await dispatcher.close();
  });
}
