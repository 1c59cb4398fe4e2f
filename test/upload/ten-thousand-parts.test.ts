import assert from "node:assert/strict";
import { test } from "node:test";
import { prepareUpload } from "../../lib/client/upload-setup.ts";
import { createInlineDigester } from "../../lib/digest/inline-digester.ts";
import { PartAssembler } from "../../lib/parts/assembler.ts";
import type { PartPlan } from "../../lib/parts/plan.ts";
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
    initiated: () => {},
    partConfirmed: () => confirmed++,
    progressed: () => {},
    retrying: () => {},
    warned: () => {},
    failed: (error) => failures.push(error),
  });
  const memory = options.resources.memory.open();
  const assembler = new PartAssembler({
    plan,
    memory,
    createDigester: createInlineDigester,
    onBegin: (partNumber) => {
      memory.begin(SIZE, 64);
      upload.begin(partNumber);
    },
    onCut: () => memory.complete(),
    onPart: (part, segments) => upload.add({ part, release: () => memory.release(segments) }),
  });
  const bytes = seededBytes(PARTS * SIZE);
  for (let at = 0; at < bytes.length; ) {
    at = assembler.write(bytes, at);
    if (at < bytes.length) await new Promise<void>((resolve) => memory.whenReleased(resolve));
  }
  assert.throws(() => assembler.write(Buffer.from("1")), { code: "ERR_COS_TOO_LARGE" });
  assembler.end(() => {});
  const result = await upload.finish({ size: bytes.length, md5: undefined });
  await options.connection.transport.close();
  assert.deepEqual([confirmed, failures, result.parts.length], [PARTS, [], PARTS]);
  assert.ok(result.parts.every(({ partNumber }, i) => partNumber === i + 1));
  assert.equal(count(emulator, "UploadPart"), PARTS);
  assert.equal(await storedDigest(emulator, "object"), digestOf(bytes));
  assert.equal(memory.held, 0);
});
