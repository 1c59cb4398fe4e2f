import assert from "node:assert/strict";
import { test } from "node:test";
import { promisify } from "node:util";
import { prepareUpload } from "../../lib/client/upload-setup.ts";
import { PackageHasher } from "../../lib/digest/inline-digester.ts";
import type { PartPlan } from "../../lib/parts/plan.ts";
import { PartWriter } from "../../lib/stream/part-writer.ts";
import { Upload } from "../../lib/upload/upload.ts";
import { KIB, seededBytes } from "../support/bytes.ts";
import { digestOf, storedDigest, useEmulator } from "../support/emulator.ts";
import { count } from "../support/ending.ts";

/** The pieces of an upload stream put together by hand: no stream may have parts as small as these. */
const SIZE = KIB;
const PARTS = 10_000;
const plan: PartPlan = { maxParts: PARTS, capacity: PARTS * SIZE, size: () => SIZE };

test("Exactly 10,000 parts are all confirmed and completed, and one byte more is refused", async (t) => {
  const emulator = await useEmulator(t, { limits: { minPartSize: 1 } });
  const options = { ...prepareUpload({ ...emulator.target, key: "object", concurrency: 16 }), plan };
  const failures: unknown[] = [];
  let confirmed = 0;
  const upload = new Upload(options, {
    notify: (event, ..._args) => {
      if (event === "part") confirmed++;
    },
    failed: (error) => failures.push(error),
  });
  const memory = options.resources.memory.open();
  const hasher = new PackageHasher();
  const writer = new PartWriter(upload, { plan, expectedSize: undefined, memory, hasher });
  const write = promisify(writer.write.bind(writer));
  const bytes = seededBytes(PARTS * SIZE);
  await write(bytes);
  const result = await upload.finish(await writer.end());
  upload.conclude(result);
  await assert.rejects(write(Buffer.from("1")), { code: "ERR_COS_TOO_LARGE" });
  await options.connection.transport.close();
  assert.deepEqual([confirmed, failures, result.parts.length], [PARTS, [], PARTS]);
  assert.ok(result.parts.every(({ partNumber }, i) => partNumber === i + 1));
  assert.equal(count(emulator, "UploadPart"), PARTS);
  assert.equal(await storedDigest(emulator, "object"), digestOf(bytes));
  assert.equal(memory.held, 0);
});
