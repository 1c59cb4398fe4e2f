import assert from "node:assert/strict";
import { once } from "node:events";
import { finished, pipeline, Readable } from "node:stream";
import { describe, test } from "node:test";
import type { Emulator, Operation } from "../../lib/emulator/index.ts";
import { CosClient, CosUploadError, createUploadStream, type UploadStream } from "../../lib/index.ts";
import { MIB, seededBytes } from "../support/bytes.ts";
import { digestOf, storedDigest, useEmulator } from "../support/emulator.ts";
import { type Ending, received, recordEnding, until } from "../support/ending.ts";

/**
 * The matrix of section 4: each ending at each moment. Whatever the cell, there is one settlement, nothing is left running,
 * and the key holds its old object or the whole new one.
 */
const P = MIB;
const SIZE = 5 * P + 7;
const bytes = seededBytes(SIZE);
const old = seededBytes(1000, 2);
/** Milliseconds that COS takes where a moment is to last; ended as soon as the client leaves. */
const SLOW = 400;

interface Stage {
  readonly emulator: Emulator;
  readonly upload: UploadStream;
  readonly source: Readable;
  readonly ending: Ending;
  readonly controller: AbortController;
}

interface Moment {
  /** Where the emulator is slow. */
  readonly slow?: Operation;
  /** The source has ended by then, so that its death means nothing. */
  readonly sourceEnded?: boolean;
  reach(stage: Stage): Promise<void>;
}

const moments: Record<string, Moment> = {
  "before Initiate": { reach: async () => {} },
  "during Initiate": {
    slow: "InitiateMultipartUpload",
    reach: async ({ source, emulator }) => {
      source.push(bytes.subarray(0, 100));
      await received(emulator, "InitiateMultipartUpload");
    },
  },
  "while a part is filled": {
    reach: async ({ source, upload }) => {
      source.push(bytes.subarray(0, P + 100));
      await once(upload, "part");
    },
  },
  "while all slots are busy": {
    slow: "UploadPart",
    reach: async ({ source, emulator, upload }) => {
      source.push(bytes.subarray(0, 5 * P));
      await received(emulator, "UploadPart", 2);
      await until(() => upload.stats().waitingForMemory, "the source is held back");
    },
  },
  "during the last part": {
    slow: "UploadPart",
    sourceEnded: true,
    reach: async ({ source, emulator }) => {
      source.push(bytes);
      source.push(null);
      await received(emulator, "UploadPart", 6);
    },
  },
  "during Complete": {
    slow: "CompleteMultipartUpload",
    sourceEnded: true,
    reach: async ({ source, emulator }) => {
      source.push(bytes);
      source.push(null);
      await received(emulator, "CompleteMultipartUpload");
    },
  },
  "after finish": {
    sourceEnded: true,
    reach: async ({ source, upload }) => {
      source.push(bytes);
      source.push(null);
      await once(upload, "finish");
    },
  },
};

const endings: Record<string, { bySource?: boolean; code?: RegExp; end(stage: Stage): void }> = {
  "destroy()": { end: ({ upload }) => void upload.destroy() },
  "destroy(err)": { code: /^MINE$/, end: ({ upload }) => void upload.destroy(mine()) },
  "an aborted signal": { code: /^ABORT_ERR$/, end: ({ controller }) => controller.abort(mine()) },
  "a source that fails": {
    bySource: true,
    code: /^ERR_COS_SOURCE$|^MINE$/,
    end: ({ source }) => void source.destroy(mine()),
  },
  "a source that is closed": {
    bySource: true,
    code: /^ERR_STREAM_PREMATURE_CLOSE$/,
    end: ({ source }) => void source.destroy(),
  },
};

for (const how of ["pipe", "pipeline"] as const) {
  for (const [moment, { slow, sourceEnded = false, reach }] of Object.entries(moments)) {
    describe(`Ended ${moment} under ${how}`, { concurrency: 5 }, () => {
      for (const [name, { bySource = false, code, end }] of Object.entries(endings)) {
        const goesOn = moment === "after finish" || (bySource && sourceEnded);
        test(`${name} ${goesOn ? "changes nothing" : "leaves the old object and no parts"}`, async (t) => {
          const emulator = await useEmulator(t);
          await putOld(emulator);
          const stage = start(emulator, how, slow);
          await reach(stage);
          end(stage);
          if (!bySource) assert.equal(stage.upload.destroyed, true, "destroyed at once");
          await stage.ending.closed;
          if (goesOn) await assertCompleted(stage);
          else await assertEnded(stage, code);
          await assertQuiet(emulator);
        });
      }
    });
  }
}

function start(emulator: Emulator, how: "pipe" | "pipeline", slow: Operation | undefined): Stage {
  if (slow !== undefined) {
    emulator.faults.add({
      operation: slow,
      times: Number.POSITIVE_INFINITY,
      fault: { kind: "latency", milliseconds: SLOW },
    });
  }
  const controller = new AbortController();
  const upload = createUploadStream({
    ...emulator.target,
    key: "object",
    partSize: P,
    concurrency: 2,
    memory: 3 * P,
    signal: controller.signal,
  });
  const source = new Readable({ read() {} });
  const ending = recordEnding(upload);
  if (how === "pipe") source.pipe(upload);
  else pipeline(source, upload, () => {});
  return { emulator, upload, source, ending, controller };
}

async function putOld({ target }: Emulator): Promise<void> {
  await using client = new CosClient(target);
  await client.putObject({ key: "object", body: old });
}

async function assertCompleted({ emulator, ending, upload }: Stage): Promise<void> {
  assert.deepEqual(ending.events, ["prefinish", "finish", "close"]);
  assert.equal(await ending.done, "resolved");
  assert.equal(upload.result?.size, SIZE);
  assert.equal(await storedDigest(emulator, "object"), digestOf(bytes));
}

async function assertEnded(
  { emulator, ending, upload, source }: Stage,
  code: RegExp | undefined,
): Promise<void> {
  assert.deepEqual(ending.events, code === undefined ? ["close"] : ["error", "close"]);
  const [error] = ending.errors;
  if (code !== undefined) assert.match(error?.code ?? "", code);
  const settled = await ending.done;
  if (code !== undefined) assert.equal(settled, error);
  else assert.equal(settled !== "resolved" && settled.code, "ERR_COS_DESTROYED");
  if (settled instanceof CosUploadError) assert.equal(settled.uploadId, upload.uploadId);
  assert.equal(upload.result, undefined);
  assert.equal(await storedDigest(emulator, "object"), digestOf(old), "the old object is there");
  assert.deepEqual(emulator.uploads(), []);
  assert.equal(upload.stats().memoryHeld, 0, "part memory is let go");
  await new Promise<void>((resolve) => finished(source.destroy(), () => resolve()));
}

/** No request goes on behind a closed stream. */
async function assertQuiet(emulator: Emulator): Promise<void> {
  await until(
    () => emulator.requests.every(({ statusCode, aborted }) => statusCode !== undefined || aborted),
    "every request is over",
  );
}

function mine(): Error {
  return Object.assign(new Error("mine"), { code: "MINE" });
}
