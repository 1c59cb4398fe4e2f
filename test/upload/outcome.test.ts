import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Fault, FaultRuleOptions, Operation } from "../../lib/emulator/index.ts";
import {
  CosUploadError,
  createUploadStream,
  type Outcome,
  type UploadStreamOptions,
} from "../../lib/index.ts";
import { useEmulator } from "../support/emulator.ts";
import { failure, received, recordEnding, until } from "../support/ending.ts";

const retry = { maxAttempts: 2, baseDelay: 1, maxDelay: 5 };
const ever = Number.POSITIVE_INFINITY;
const complete = "CompleteMultipartUpload";

function refusing(operation: Operation | Operation[], statusCode: number, code: string): FaultRuleOptions {
  return { operation, times: ever, fault: { kind: "error", statusCode, code } };
}

function once(operation: Operation, kind: "lost-answer" | "wrong-crc64" | "no-crc64"): FaultRuleOptions {
  const fault: Fault = { kind };
  return { operation, fault };
}

interface Case {
  readonly faults: readonly FaultRuleOptions[];
  readonly options?: Partial<UploadStreamOptions>;
  readonly outcome: Outcome;
  readonly exists: boolean;
  readonly orphans?: number;
}

/** What became of the object depends on all attempts at making it, not on the error that came last. */
const cases: Readonly<Record<string, Case>> = {
  "a lost Complete, then 503 to Complete and to every question": {
    faults: [once(complete, "lost-answer"), refusing([complete, "ListParts", "HeadObject"], 503, "SlowDown")],
    outcome: "unknown",
    exists: true,
  },
  "a lost Complete, then 403 to everything": {
    faults: [
      once(complete, "lost-answer"),
      refusing([complete, "ListParts", "HeadObject", "AbortMultipartUpload"], 403, "AccessDenied"),
    ],
    outcome: "unknown",
    exists: true,
  },
  "a lost Complete, and a HEAD that shows another object": {
    faults: [
      once(complete, "lost-answer"),
      { operation: "HeadObject", times: ever, fault: { kind: "wrong-crc64" } },
    ],
    outcome: "unknown",
    exists: true,
  },
  "a lost Complete, and a HEAD that is denied": {
    faults: [once(complete, "lost-answer"), refusing("HeadObject", 403, "AccessDenied")],
    outcome: "unknown",
    exists: true,
  },
  "a good Complete without CRC64, and a HEAD that is denied": {
    faults: [once(complete, "no-crc64"), refusing("HeadObject", 403, "AccessDenied")],
    outcome: "completed",
    exists: true,
  },
  "a Complete that was refused": {
    faults: [refusing(complete, 403, "AccessDenied")],
    outcome: "not-completed",
    exists: false,
  },
  "a Complete that was throttled for ever": {
    faults: [refusing(complete, 503, "SlowDown")],
    outcome: "not-completed",
    exists: false,
  },
  "a Put whose answer told another CRC64, then 503": {
    faults: [once("PutObject", "wrong-crc64"), refusing("PutObject", 503, "SlowDown")],
    options: { singlePut: true },
    outcome: "completed",
    exists: true,
  },
  "a lost Put, then 503 to everything": {
    faults: [once("PutObject", "lost-answer"), refusing(["PutObject", "HeadObject"], 503, "SlowDown")],
    options: { singlePut: true },
    outcome: "unknown",
    exists: true,
  },
};

describe("The outcome of an upload whose commit failed is true after", () => {
  for (const [name, { faults, options, outcome, exists }] of Object.entries(cases)) {
    test(name, async (t) => {
      const emulator = await useEmulator(t);
      for (const rule of faults) emulator.faults.add(rule);
      const upload = createUploadStream({ ...emulator.target, key: "object", retry, ...options });
      const ending = recordEnding(upload);
      upload.end(Buffer.alloc(1000, 7));
      // A Put that was looked up and found whole is no failure at all.
      if (outcome === "completed" && options?.singlePut) {
        await ending.closed;
        assert.equal(upload.result?.completed, true);
      } else assert.equal((await failure(ending)).outcome, outcome);
      assert.equal(emulator.object("object") !== undefined, exists);
    });
  }
});

test("A Complete that was cut off, with parts that are to stay, may still be carried out: unknown", async (t) => {
  const emulator = await useEmulator(t, { completeDelay: 500 });
  const upload = createUploadStream({ ...emulator.target, key: "object", retry, leavePartsOnError: true });
  const ending = recordEnding(upload);
  upload.end(Buffer.alloc(1000, 7));
  await received(emulator, complete);
  upload.destroy(new CosUploadError("MINE", "mine"));
  assert.equal((await failure(ending)).outcome, "unknown");
  assert.deepEqual(emulator.objects(), [], "COS still merges");
  await until(() => emulator.object("object") !== undefined, "the object is made");
});

test("a Put that never arrived is not taken for an older object of its size", async (t) => {
  const emulator = await useEmulator(t);
  const options = { ...emulator.target, key: "object", retry, singlePut: true };
  await createUploadStream(options).end(Buffer.alloc(1000, 1)).done;
  emulator.faults.add({ operation: "PutObject", times: ever, fault: { kind: "reset" } });
  emulator.faults.add({ operation: "HeadObject", times: ever, fault: { kind: "no-crc64" } });
  const upload = createUploadStream(options);
  const ending = recordEnding(upload);
  upload.end(Buffer.alloc(1000, 2));
  assert.equal((await failure(ending)).code, "ERR_COS_NETWORK");
});
