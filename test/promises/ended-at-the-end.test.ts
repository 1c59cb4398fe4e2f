import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Emulator } from "../../lib/emulator/index.ts";
import { CosClient, type UploadStream, type UploadStreamOptions } from "../../lib/index.ts";
import { MIB, seededBytes } from "../support/bytes.ts";
import { useEmulator } from "../support/emulator.ts";
import { type Ending, recordEnding } from "../support/ending.ts";

const bytes = seededBytes(1000);

/** Microtasks after which the stream is ended: more than lie between any of the moments and `finish`. */
const MOST_MICROTASKS = 12;

/** What an upload is to come to, and what may be left where it was ended. */
interface Variant {
  readonly options: Partial<UploadStreamOptions>;
  readonly size?: number;
  /** Whether it makes an object. */
  readonly completes: boolean;
  /** Whether its parts stay where it is ended, as it was asked for. */
  readonly leaves?: boolean;
  /** Whether it goes on with an upload that there is. */
  readonly goesOn?: "uploadId" | "resume";
}

const VARIANTS: Readonly<Record<string, Variant>> = {
  "complete: false": { options: { complete: false }, completes: false },
  "complete: false, leavePartsOnError": {
    options: { complete: false, leavePartsOnError: true },
    completes: false,
    leaves: true,
  },
  uploadId: { options: {}, completes: false, leaves: true, goesOn: "uploadId" },
  "uploadId, leavePartsOnError: false": {
    options: { leavePartsOnError: false },
    completes: false,
    goesOn: "uploadId",
  },
  "uploadId, complete": { options: { complete: true }, completes: true, leaves: true, goesOn: "uploadId" },
  "resume, complete: false": {
    options: { complete: false },
    completes: false,
    leaves: true,
    goesOn: "resume",
  },
  "a multipart upload": { options: {}, completes: true },
  "one Put Object": { options: { singlePut: true }, completes: true },
  "an empty object": { options: {}, size: 0, completes: true },
};

const MOMENTS: Readonly<Record<string, (upload: UploadStream, come: () => void) => void>> = {
  "the last part": (upload, come) => upload.on("part", come),
  "the last progress": (upload, come) => upload.on("progress", ({ total }) => total !== undefined && come()),
};

const mine = new Error("mine");
const WAYS: Readonly<Record<string, (upload: UploadStream, controller: AbortController) => void>> = {
  "abort()": (_, controller) => controller.abort(),
  "destroy()": (upload) => void upload.destroy(),
  "destroy(error)": (upload) => void upload.destroy(mine),
};
const CODES: Readonly<Record<string, string | undefined>> = {
  "abort()": "ABORT_ERR",
  "destroy()": "ERR_COS_DESTROYED",
  "destroy(error)": undefined,
};

describe("An upload that is ended around its own end either finished or did not:", () => {
  for (const [name, variant] of Object.entries(VARIANTS)) {
    for (const [moment, when] of Object.entries(MOMENTS)) {
      if (variant.size === 0 && moment === "the last part") continue;
      test(`${name}, 0 to ${MOST_MICROTASKS} microtasks after ${moment}`, async (t) => {
        const emulator = await useEmulator(t);
        await using client = new CosClient(emulator.target);
        const seen = new Set<string>();
        const run = async (way: string, microtasks: number): Promise<void> => {
          const key = `${way} ${microtasks}`;
          const controller = new AbortController();
          const upload = await begin(client, key, variant, controller.signal);
          const ending = recordEnding(upload);
          when(upload, () => void after(microtasks, () => WAYS[way]!(upload, controller)));
          upload.end(bytes.subarray(0, variant.size));
          await ending.closed;
          const left = {
            object: emulator.object(key) !== undefined,
            upload: emulator.uploads().some((each) => each.key === key),
          };
          seen.add(await assertEnded(left, variant, { upload, ending }, CODES[way]));
        };
        for (const way of Object.keys(WAYS)) {
          await Promise.all(
            Array.from({ length: MOST_MICROTASKS + 1 }, (_, microtasks) => run(way, microtasks)),
          );
        }
        await abortAll(client, emulator);
        // Both ways were tried. (After a part, a Complete is still to be made, which takes longer than microtasks.)
        const both =
          moment === "the last progress" || !variant.completes ? ["failed", "finished"] : ["failed"];
        assert.deepEqual([...seen].sort().slice(0, both.length), both);
      });
    }
  }
});

async function begin(
  client: CosClient,
  key: string,
  variant: Variant,
  signal: AbortSignal,
): Promise<UploadStream> {
  const options = { key, partSize: MIB, signal, ...variant.options };
  if (variant.goesOn === undefined) return client.createUploadStream(options);
  const { uploadId } = await client.initiateMultipartUpload({ key });
  if (variant.goesOn === "uploadId") return client.createUploadStream({ ...options, uploadId });
  return client.createUploadStream({ ...options, resume: { uploadId } });
}

async function after(microtasks: number, then: () => void): Promise<void> {
  for (let i = 0; i < microtasks; i++) await undefined;
  then();
}

/** Checks that everything says the same, and returns what it says. */
async function assertEnded(
  left: { readonly object: boolean; readonly upload: boolean },
  { completes, leaves = false, size = bytes.byteLength }: Variant,
  { upload, ending }: { readonly upload: UploadStream; readonly ending: Ending },
  code: string | undefined,
): Promise<"finished" | "failed"> {
  const { events, errors, warnings, done } = ending;
  const how = await done;
  const { state } = upload.stats();
  if (how === "resolved") {
    assert.deepEqual([events, errors, state], [["prefinish", "finish", "close"], [], "done"]);
    assert.deepEqual([upload.result?.size, upload.result?.completed], [size, completes]);
    assert.deepEqual(left, { object: completes, upload: !completes });
    assert.deepEqual(warnings, []);
    return "finished";
  }
  assert.deepEqual([how.code, state, upload.result], [code, "cancelled", undefined]);
  // Without an error, `destroy` is silent, but for `finished` and `pipeline`.
  assert.deepEqual(events, code === "ERR_COS_DESTROYED" ? ["close"] : ["error", "close"]);
  if (left.object) {
    assert.ok(completes);
    assert.deepEqual(
      warnings.map(({ code, outcome }) => [code, outcome]),
      [["ERR_COS_OUTCOME", "completed"]],
    );
    if (code !== undefined) assert.equal(how.outcome, "completed");
    assert.equal(left.upload, false);
  } else {
    // An upload that is left was to be left; a Complete that was cut off may still be carried out on it.
    assert.equal(left.upload, leaves);
    assert.ok(warnings.every(({ outcome }) => outcome === "unknown" && completes && leaves));
  }
  return "failed";
}

async function abortAll(client: CosClient, emulator: Emulator): Promise<void> {
  for (const { key, uploadId } of emulator.uploads()) await client.abortMultipartUpload({ key, uploadId });
}
